"""A service's backup as its operator takes and restores it, with PostgreSQL's own programs."""

import base64
import importlib
import io
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from chassis import migrations
from chassis.database import Database, uuid7
from chassis.errors import Invalid
from chassis.fields.models import StoredFile
from chassis.files.kept import take
from chassis.files.store import Store
from chassis.messaging.models import InboxEvent, OutboxEvent
from chassis.secrets.streams import PIECE, Read, decrypted, encrypted
from deploy.local.postgres import Postgres
from tests import programs

pytestmark = pytest.mark.feature("F111")

Environment = Mapping[str, str]
BRIEF, WHOLE = ("chassis.backups", "alpha"), ("alpha",)  # the first loads nothing of the service
MASTER = f"first:{base64.b64encode(bytes(32)).decode()}"
OTHER = f"first:{base64.b64encode(bytes(31) + b'1').decode()}"


async def _migrated(stand_in: Path, url: str) -> None:
    make = importlib.import_module("alpha.service").make
    if not list((stand_in / "migrations/versions").glob("*.py")):
        service = make()
        await migrations.revision(url, service.package, service.metadata, "the beginning")
    await migrations.upgrade(url, importlib.import_module("alpha"))


@pytest.fixture
async def environment(stand_in: Path, alpha_url: str) -> Environment:
    await _migrated(stand_in, alpha_url)
    return _told(stand_in, alpha_url)


def _told(stand_in: Path, url: str) -> Environment:
    path = os.pathsep.join([str(stand_in), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "ROUNDEL_DATABASE_URL": url}


@pytest.fixture
async def database(environment: Environment) -> AsyncIterator[Database]:
    """The database with a secret note, an event told and one taken in."""
    database = Database(environment["ROUNDEL_DATABASE_URL"])
    await _fill(database)
    yield database
    await database.close()


async def _fill(database: Database) -> None:
    note = "INSERT INTO note (id, text, version, created_at, updated_at) VALUES (:id, :text, 1, now(), now())"
    async with database.transaction() as session:
        await session.execute(text(note), {"id": uuid7(), "text": "张三's secret"})
        told = OutboxEvent(type="roundel.alpha.v1.Noted", subject="1", data={}, headers={})
        session.add_all([told, InboxEvent(id=uuid7(), type="roundel.beta.v1.Heard")])
        await session.flush()
        await session.execute(text("UPDATE outbox_event SET published_at = now()"))


@pytest.fixture(scope="module")
async def kept(stand_in: Path, postgres: Postgres) -> bytes:
    """A backup named one, encrypted under the first master key."""
    url = await postgres.create_database(f"kept_{uuid7().hex[-12:]}")
    await _migrated(stand_in, url)
    database = Database(url)
    await _fill(database)
    await database.close()
    return await taken({**_told(stand_in, url), "ROUNDEL_MASTER_KEYS": MASTER})


@pytest.fixture
async def elsewhere(postgres: Postgres, stand_in: Path) -> Environment:
    """The environment of another installation, whose database is empty."""
    return _told(stand_in, await postgres.create_database(f"empty_{uuid7().hex[-12:]}"))


async def alpha(
    environment: Environment, *words: str, given: bytes = b"", module: tuple[str, ...] = BRIEF
) -> tuple[int, bytes, str]:
    return await programs.run(*module, *words, environment=environment, given=given)


async def taken(environment: Environment) -> bytes:
    status, stream, said = await alpha(environment, "backup", "--name", "one")
    assert status == 0, said
    return stream


async def _content(environment: Environment) -> list[list[object]]:
    database = Database(environment["ROUNDEL_DATABASE_URL"])
    try:
        return [
            [tuple(row) for row in await database.read(text(f"SELECT {columns} FROM {table} ORDER BY 1"))]
            for table, columns in (("note", "id, text"), ("outbox_event", "id, type"), ("inbox_event", "id"))
        ]
    finally:
        await database.close()


@pytest.mark.parametrize("master", ["", MASTER])
async def test_what_was_backed_up_is_restored_and_its_events_wait_to_be_told_again(
    database: Database, environment: Environment, elsewhere: Environment, master: str
) -> None:
    keys = {"ROUNDEL_MASTER_KEYS": master}
    _, stream, said = await alpha({**environment, **keys}, "backup", "--name", "one", module=WHOLE)
    header = orjson.loads(stream.partition(b"\n")[0])
    assert (header["service"], header["name"], header["revision"]) == ("alpha", "one", "0001")
    assert ("PGDMP" in repr(stream[:2000])) == (not master)

    status, _, said = await alpha({**elsewhere, **keys}, "restore", given=stream, module=WHOLE)
    assert status == 0, said
    assert await _content(elsewhere) == await _content(environment)
    restored = Database(elsewhere["ROUNDEL_DATABASE_URL"])
    assert (await restored.read(text("SELECT published_at FROM outbox_event")))[0][0] is None
    await migrations.check_current(restored, importlib.import_module("alpha"))
    await restored.close()


async def test_a_database_with_tables_is_left_alone_unless_forced(
    database: Database, environment: Environment, kept: bytes
) -> None:
    given = {**environment, "ROUNDEL_MASTER_KEYS": MASTER}
    async with database.transaction() as session:
        await session.execute(text("UPDATE note SET text = 'newer'"))
    await database.close()
    status, _, said = await alpha(given, "restore", given=kept)
    assert status == 1
    assert "tables already" in said
    assert "newer" in repr((await _content(environment))[0])

    status, _, said = await alpha(given, "restore", "--force", given=kept)
    assert status == 0, said
    assert "secret" in repr((await _content(environment))[0])


async def test_a_database_in_use_is_left_alone(
    database: Database, environment: Environment, kept: bytes
) -> None:
    given = {**environment, "ROUNDEL_MASTER_KEYS": MASTER}
    await database.read(text("SELECT 1"))
    status, _, said = await alpha(given, "restore", "--force", given=kept)
    assert status == 1
    assert "stop the service first" in said


@pytest.mark.parametrize("damage", ["changed", "cut off", "extended", "renamed"])
async def test_a_stream_that_was_tampered_with_changes_nothing(
    kept: bytes, elsewhere: Environment, damage: str
) -> None:
    middle = len(kept) - 100
    damaged = {
        "changed": kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1 :],
        "cut off": kept[:middle],
        "extended": kept + b"!",
        "renamed": kept.replace(b'"name":"one"', b'"name":"two"', 1),
    }
    given = {**elsewhere, "ROUNDEL_MASTER_KEYS": MASTER}
    status, _, said = await alpha(given, "restore", given=damaged[damage])
    assert status == 1
    assert "take another copy" in said or "is not the one" in said
    restored = Database(elsewhere["ROUNDEL_DATABASE_URL"])
    tables = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert (await restored.read(tables))[0][0] == 0
    await restored.close()


@pytest.mark.parametrize(
    ("words", "master", "reason"),
    [
        (("--name", "two"), MASTER, "a part of the backup 'one', not of 'two'"),
        ((), "", "The master key first is needed"),
        ((), OTHER, "is not the one that was used"),
    ],
)
async def test_a_backup_of_another_name_or_key_is_refused_with_the_reason(
    kept: bytes, elsewhere: Environment, words: tuple[str, ...], master: str, reason: str
) -> None:
    given = {**elsewhere, "ROUNDEL_MASTER_KEYS": master}
    status, _, said = await alpha(given, "restore", *words, given=kept)
    assert status == 1
    assert reason in said
    assert base64.b64encode(bytes(32)).decode() not in said


async def test_a_backup_from_a_newer_version_of_the_tables_is_refused(
    kept: bytes, elsewhere: Environment
) -> None:
    newer = kept.replace(b'"revision":"0001"', b'"revision":"0099"', 1)
    given = {**elsewhere, "ROUNDEL_MASTER_KEYS": MASTER}
    status, _, said = await alpha(given, "restore", given=newer)
    assert status == 1
    assert "0099" in said


async def upload(database: Database, environment: Environment, content: bytes) -> StoredFile:
    async def blocks() -> AsyncIterator[bytes]:
        yield content

    store = Store(environment["ROUNDEL_FILES"])
    return await take(database, store, blocks(), name="合同.txt", media_type="text/plain")


def copies(stream: bytes) -> dict[str, bytes]:
    """Take the stream of files apart, as the one who keeps them does."""
    found, source = {}, io.BytesIO(stream)
    while line := source.readline():
        told = orjson.loads(line)
        found[told["digest"]] = line + source.read(told.get("length", 0))
    return found


@pytest.mark.parametrize("master", ["", MASTER])
async def test_files_go_into_a_backup_once_and_come_back_where_they_are_lacking(
    database: Database, environment: Environment, elsewhere: Environment, tmp_path: Path, master: str
) -> None:
    here = {**environment, "ROUNDEL_MASTER_KEYS": master, "ROUNDEL_FILES": f"file://{tmp_path}/here"}
    there = {**elsewhere, "ROUNDEL_MASTER_KEYS": master, "ROUNDEL_FILES": f"file://{tmp_path}/there"}
    first, lost = [await upload(database, here, f"{word} 张三".encode() * 200_000) for word in ("a", "b")]
    await Store(here["ROUNDEL_FILES"]).remove(lost.digest)

    header = orjson.loads((await taken(here)).partition(b"\n")[0])
    assert header["files"] == here["ROUNDEL_FILES"]
    status, stream, said = await alpha(here, "backup-files")
    assert status == 0, said
    sent = copies(stream)
    assert orjson.loads(sent[lost.digest]) == {"digest": lost.digest, "held": False}
    assert ("张三".encode() in sent[first.digest]) == (not master)
    held = f"{first.digest} {'first' if master else ''}\n".encode()
    again = copies((await alpha(here, "backup-files", given=held))[1])
    assert orjson.loads(again[first.digest]) == {"digest": first.digest, "held": True}

    await alpha(there, "restore", given=(await taken(here)))
    status, out, said = await alpha(there, "restore-files", given=sent[first.digest])
    assert status == 1, said
    assert f"neither in the backup nor in the store: {lost.digest}" in said
    assert out.decode().split() == [*sorted([first.digest, lost.digest]), "ready"]
    assert Store(there["ROUNDEL_FILES"]).digests() == {first.digest}
    damaged = sent[first.digest][:-1] + bytes([sent[first.digest][-1] ^ 1])
    shutil.rmtree(tmp_path / "there")
    status, _, said = await alpha(there, "restore-files", given=damaged)
    assert status == 1
    assert "take another copy" in said
    assert first.digest not in Store(there["ROUNDEL_FILES"]).digests()


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 2 * PIECE])
def test_streams_of_any_length_come_back_as_they_were(size: int) -> None:
    content, key = os.urandom(size), os.urandom(32)
    sealed = b"".join(encrypted(_reader(content), key, b"header"))
    assert b"".join(decrypted(_reader(sealed), key, b"header")) == content
    for wrong in (sealed[:-1], sealed + b"!", sealed[: len(sealed) // 2], b""):
        with pytest.raises(Invalid):
            list(decrypted(_reader(wrong), key, b"header"))
    with pytest.raises(Invalid):
        list(decrypted(_reader(sealed), key, b"another header"))


def test_pieces_of_a_stream_cannot_change_places() -> None:
    key = os.urandom(32)
    first, second, _ = list(encrypted(_reader(os.urandom(3 * PIECE)), key, b""))
    with pytest.raises(Invalid):
        list(decrypted(_reader(second + first), key, b""))


def _reader(content: bytes) -> Read:
    return io.BytesIO(content).read
