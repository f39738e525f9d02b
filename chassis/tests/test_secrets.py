"""Encrypted columns: what is on the disk, what is refused, and changing the keys while rows are written."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import LargeBinary, insert, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import tls
from chassis.database import Aggregate, Conventions, Database, fetch, naming, uuid7
from chassis.errors import Invalid, Unavailable
from chassis.listing import Listing
from chassis.migrations import CHASSIS_TABLES
from chassis.secrets import keyring, rotation
from chassis.secrets.columns import Bound, Encrypted, equals, opened
from chassis.secrets.keyring import Keyring, of
from chassis.secrets.master import MasterKeys
from chassis.testing import settings
from deploy.local.postgres import Postgres

pytestmark = pytest.mark.feature("F110")

FIRST, SECOND = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("first", "second"))


class Model(Conventions, DeclarativeBase):
    """The base of the table of these tests."""

    metadata = naming()


class Patient(Aggregate, Model):
    """Somebody with a secret."""

    __tablename__ = "patient"

    name: Mapped[str]
    illness: Mapped[str | None] = mapped_column(Encrypted("patient.illness", 50), info={"secret": True})
    passport: Mapped[str | None] = mapped_column(
        Encrypted("patient.passport", 20, index="passport_index"), info={"secret": True}
    )
    passport_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True, info={"secret": True})


PATIENTS = Listing(noun="patient", table=Patient.__table__, fields={}, open=True)  # type: ignore[arg-type]


@pytest.fixture
async def url(alpha_url: str) -> str:
    database = Database(alpha_url)
    async with database.engine.begin() as connection:
        for metadata in (Model.metadata, *CHASSIS_TABLES):
            await connection.run_sync(metadata.create_all)
    await database.close()
    return alpha_url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await _open(url)
    yield database
    await database.close()


async def _open(url: str, keys: str = FIRST) -> Database:
    database = Database(url)
    try:
        await opened(database, SecretStr(keys), Model.metadata)
    except BaseException:
        await database.close()
        raise
    return database


async def admit(database: Database, name: str, **secrets: str | None) -> UUID:
    async with database.transaction() as session:
        patient = Patient(name=name, **secrets)
        session.add(patient)
        await session.flush()
        return patient.id


async def seen(database: Database, id: UUID) -> tuple[str | None, str | None]:
    """What the driver's way and the mapper's way read; they must agree."""
    [row] = await database.read(PATIENTS.by_id(), {"ids": [id]})
    async with database.transaction() as session:
        patient = await fetch(session, Patient, id)
        assert (patient.illness, patient.passport) == (row.illness, row.passport)
    return row.illness, row.passport


async def on_disk(postgres: Postgres, url: str, sql: str) -> str:
    """What a superuser finds in the tables, all of it, as text."""
    name = tls.dsn(url).rpartition("/")[2]
    connection = await asyncpg.connect(postgres.url, database=name)
    try:
        return repr([tuple(row) for row in await connection.fetch(sql)])
    finally:
        await connection.close()


async def test_what_is_read_is_what_was_written_and_the_disk_tells_nothing(
    database: Database, url: str, postgres: Postgres
) -> None:
    id = await admit(database, "张三", illness="高血压 hypertension", passport="E12345678")
    empty = await admit(database, "李四", illness=None)
    assert await seen(database, id) == ("高血压 hypertension", "E12345678")
    assert await seen(database, empty) == (None, None)

    told = await on_disk(postgres, url, "SELECT p, p.illness, encode(p.illness, 'escape') FROM patient p")
    assert "张三" in told
    for secret in ("高血压", "hypertension", "E12345678"):
        assert secret not in told
        assert repr(secret.encode())[2:-1] not in told
        assert secret.encode().hex() not in told
    audit = await on_disk(postgres, url, "SELECT e::text FROM audit_entry e")
    assert "张三" in audit
    assert "hypertension" not in audit
    keys = await on_disk(postgres, url, "SELECT wrapped FROM data_key")
    assert FIRST.partition(":")[2] not in keys


async def test_a_list_reads_encrypted_columns_as_any_other(database: Database) -> None:
    for number in range(3):
        await admit(database, f"P{number}", illness=f"illness {number}")
    rows = await database.read(select(Patient.__table__).order_by(Patient.__table__.c.name))
    assert [row.illness for row in rows] == ["illness 0", "illness 1", "illness 2"]
    nested = select(Patient.__table__).limit(2).subquery()
    assert len([row.illness for row in await database.read(select(nested))]) == 2


async def test_the_same_text_is_stored_differently_each_time_and_changes_are_encrypted_too(
    database: Database, url: str, postgres: Postgres
) -> None:
    ids = [await admit(database, name, illness="flu") for name in ("a", "b")]
    sql = "SELECT count(DISTINCT substring(illness from 30)) FROM patient"
    assert await on_disk(postgres, url, sql) == "[(2,)]"
    async with database.transaction() as session:
        patient = await fetch(session, Patient, ids[0])
        patient.illness = "measles"
    assert (await seen(database, ids[0]))[0] == "measles"
    async with database.transaction() as session:
        (await fetch(session, Patient, ids[0])).name = "renamed"
        (await fetch(session, Patient, ids[1])).illness = None
    assert (await seen(database, ids[0]))[0] == "measles"
    assert (await seen(database, ids[1]))[0] is None


async def test_a_text_that_is_too_long_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match=r"patient\.illness has at most 50 characters, not 51"):
        await admit(database, "long", illness="x" * 51)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE patient SET illness = (SELECT illness FROM patient o WHERE o.name <> patient.name)",
        "UPDATE patient SET illness = passport",
        "UPDATE patient SET illness = set_byte(illness, 40, get_byte(illness, 40) # 1)",
        "UPDATE patient SET illness = '\\x00'::bytea || convert_to('made up', 'UTF8')",
        "UPDATE patient SET illness = 'short'",
    ],
    ids=["another row", "another column", "changed", "plain", "short"],
)
async def test_what_was_moved_or_changed_on_the_disk_is_refused(
    database: Database, url: str, postgres: Postgres, tampering: str
) -> None:
    ids = [
        await admit(database, name, illness=f"illness of {name}", passport=name) for name in ("one", "two")
    ]
    await on_disk(postgres, url, tampering)
    for id in ids:
        with pytest.raises(Unavailable, match=r"patient\.illness"):
            await database.read(PATIENTS.by_id(), {"ids": [id]})


async def holders(database: Database, passport: str) -> list[UUID]:
    async with database.transaction() as session:
        found = await session.scalars(select(Patient.id).where(equals(session, Patient.passport, passport)))
        return list(found)


async def test_equal_values_are_found_and_kept_unique_by_their_blind_index(database: Database) -> None:
    id = await admit(database, "one", passport="E1")
    assert await holders(database, "E1") == [id]
    assert await holders(database, "e1") == []
    with pytest.raises(Exception, match="passport_index"):
        await admit(database, "two", passport="E1")
    async with database.transaction() as session:
        (await fetch(session, Patient, id)).passport = "E2"
    assert await holders(database, "E1") == []
    keys = of(database.engine.dialect)
    assert keys.index("E1", "patient.illness") != keys.index("E1", "patient.passport")


async def test_an_encrypted_column_is_not_compared_nor_written_past_its_row(database: Database) -> None:
    table = Patient.__table__
    with pytest.raises(Exception, match="cannot be compared"):
        await database.read(select(table.c.id).where(table.c.illness == "flu"))
    values = {"id": uuid7(), "name": "bulk", "version": 1}
    with pytest.raises(Exception, match="row by row"):
        async with database.transaction() as session:
            await session.execute(insert(Patient), [{**values, "illness": "flu"}])
    async with database.transaction() as session:
        await session.execute(insert(Patient), [{**values, "illness": Bound.to(values["id"], "flu")}])  # type: ignore[arg-type]
    assert (await seen(database, values["id"]))[0] == "flu"  # type: ignore[arg-type]


async def test_rotation_under_writes_loses_nothing_and_leaves_nothing_with_the_old_key(
    database: Database, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_A_TIME", 7)
    monkeypatch.setattr(keyring, "LOOK_SECONDS", 0.02)
    ids = [await admit(database, str(number), illness=f"before {number}") for number in range(40)]
    expected = {id: f"before {number}" for number, id in enumerate(ids)}
    keys, operator = of(database.engine.dialect), await _open(url)
    stopping = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stopping.is_set():
            id = ids[number % len(ids)]
            async with database.transaction() as session:
                (await fetch(session, Patient, id)).illness = f"during {number}"
            expected[id] = f"during {number}"
            number += 1

    following = asyncio.create_task(keys.follow(database))  # as every process does
    writing = asyncio.create_task(write())
    former = keys.current
    theirs = of(operator.engine.dialect)
    await rotation.renew(operator, theirs, keyring.NOTICE / 50)
    assert await rotation.encrypt_all(operator, theirs, Model.metadata) > 0
    stopping.set()
    await writing
    following.cancel()
    await rotation.encrypt_all(operator, theirs, Model.metadata)

    assert keys.current == theirs.current != former
    assert {id: (await seen(database, id))[0] for id in ids} == expected
    with_former = text("SELECT count(*) FROM patient WHERE substring(illness, 2, 16) = :key")
    assert (await operator.read(with_former, {"key": former.bytes}))[0][0] == 0
    assert await rotation.encrypt_all(operator, theirs, Model.metadata) == 0
    await operator.close()


async def test_an_interrupted_rotation_goes_on_where_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_A_TIME", 4)
    for number in range(10):
        await admit(database, str(number), illness="x")
    keys = of(database.engine.dialect)
    await rotation.renew(database, keys, keyring.NOTICE * 0)
    table = Patient.__table__
    columns = {"illness": table.c.illness.type, "passport": table.c.passport.type}
    assert await rotation._encrypt_some(database, keys, table, columns) == 4  # type: ignore[arg-type]
    assert await rotation.encrypt_all(database, keys, Model.metadata) == 6


async def test_another_master_key_takes_over_without_touching_rows(
    database: Database, url: str, postgres: Postgres
) -> None:
    id = await admit(database, "one", illness="flu")
    rows = "SELECT xmin, illness FROM patient"
    before = await on_disk(postgres, url, rows)
    both = await _open(url, f"{SECOND},{FIRST}")
    assert await rotation.rewrap(both, of(both.engine.dialect)) == 2
    await both.close()
    assert await on_disk(postgres, url, rows) == before
    only_new = await _open(url, SECOND)
    assert (await seen(only_new, id))[0] == "flu"
    await only_new.close()


async def test_a_missing_or_wrong_master_key_is_said_at_the_start_without_telling_any(
    database: Database, url: str
) -> None:
    wrong = f"first:{SECOND.partition(':')[2]}"
    for keys, reason in (
        ("", "Set ROUNDEL_MASTER_KEYS: patient.illness, patient.passport are stored encrypted"),
        (SECOND, "The master key first is needed here"),
        (wrong, "is not the one that was used"),
    ):
        with pytest.raises(Unavailable, match=reason) as caught:
            await _open(url, keys)
        assert SECOND.partition(":")[2] not in str(caught.value)
    with pytest.raises(ValidationError) as refused:
        settings(master_keys="no key at all")
    assert "each key 32 bytes in base64" in str(refused.value)


async def test_rows_of_before_the_encryption_are_encrypted_once(database: Database, url: str) -> None:
    id = await admit(database, "old", illness="gone soon")
    plain = (
        "UPDATE patient SET illness = '\\x00'::bytea || convert_to('旧值', 'UTF8'), passport = '\\x004531'"
    )
    async with database.transaction() as session:
        await session.execute(text(plain))
    told = settings(database_url=url, master_keys=FIRST)
    await rotation.encrypt_plain(told, Model.metadata)
    assert await seen(database, id) == ("旧值", "E1")
    [row] = await database.read(select(Patient.__table__.c.passport_index))
    assert row.passport_index == of(database.engine.dialect).index("E1", "patient.passport")


async def test_two_processes_that_start_at_once_make_the_keys_once(url: str) -> None:
    first, second = await asyncio.gather(_open(url), _open(url))
    id = await admit(first, "one", illness="flu")
    assert (await seen(second, id))[0] == "flu"
    assert (await first.read(text("SELECT count(*) FROM data_key")))[0][0] == 2
    await asyncio.gather(first.close(), second.close())


def test_bytes_are_encrypted_for_a_place_by_whoever_has_a_keyring() -> None:
    with pytest.raises(Unavailable, match="set ROUNDEL_MASTER_KEYS"):
        Keyring(MasterKeys({})).encrypt(b"value", "anywhere")
    with pytest.raises(Unavailable, match="set ROUNDEL_MASTER_KEYS"):
        Keyring(MasterKeys({})).index("value", "anywhere")
