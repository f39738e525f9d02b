"""A service's part in backing files up: it sends what a backup lacks, and takes in what its folder lacks."""

import hashlib
import sys
from argparse import Namespace
from dataclasses import asdict, dataclass
from os import urandom
from typing import IO, Any

import asyncpg
import orjson

from chassis import tls
from chassis.backups.kept import READY, Service, pieces, say
from chassis.errors import Invalid, Unavailable
from chassis.files.store import Store
from chassis.secrets import streams
from chassis.secrets.master import KEY_BYTES, MasterKeys
from chassis.settings import DatabaseSettings

_KNOWN = "SELECT DISTINCT ON (digest) digest, size FROM stored_file ORDER BY digest"


class CopySettings(DatabaseSettings):
    """Where the files are, besides the rows that tell of them."""

    files: str = ""


@dataclass(frozen=True)
class Header:
    """The line before a file's content; `length` bytes follow it, encrypted with `key` if there is one."""

    service: str
    digest: str
    size: int
    length: int
    key: str | None

    @classmethod
    def read(cls, line: bytes) -> "Header":
        """Read a line; raises Invalid when it is none of ours."""
        try:
            return cls(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            raise Invalid("This is no copy of a file") from None

    def line(self) -> bytes:
        """The line as it is written."""
        return _line(asdict(self))


async def send(service: Service, _: Namespace) -> None:
    """Write every file that the caller lacks; its lines `DIGEST NAME-OF-MASTER-KEY` tell what it has.

    Of others comes a line: `held`, or not held when the store has lost or damaged it.
    """
    settings = CopySettings()  # type: ignore[call-arg]
    store, master = Store(settings.files), MasterKeys.parse(settings.master_keys.get_secret_value())
    held = {line.rstrip("\n") for line in sys.stdin}
    named = master.current if master else ""
    for digest, size in (await _known(settings)).items():
        if f"{digest} {named}" in held:
            say(_line({"digest": digest, "held": True}))
        elif not _is_sent(store, service.name, digest, size, master) and digest in await _known(settings):
            say(_line({"digest": digest, "held": False}))


def _is_sent(store: Store, service: str, digest: str, size: int, master: MasterKeys) -> bool:
    """Read it twice, so that nothing is told of a file which turns out to be damaged."""
    whole = hashlib.sha256()
    try:
        for block in pieces(store.reader(digest)):
            whole.update(block)
    except Unavailable:
        return False
    if whole.hexdigest() != digest:
        return False
    key = urandom(KEY_BYTES) if master else None
    wrapped = master.wrap(key, _purpose(service, digest)) if key else None
    header = Header(service, digest, size, streams.sealed_size(size) if key else size, wrapped)
    say(header.line())
    read = store.reader(digest)
    for piece in streams.encrypted(read, key, header.line()) if key else pieces(read):
        say(piece)
    return True


async def take(service: Service, _: Namespace) -> None:
    """Say the digests that the folder lacks and `ready`, then keep those that come.

    Raises Invalid when one is not what its digest says or not this service's, and Unavailable when some
    are lacking in the end; those that came before are kept.
    """
    settings = CopySettings()  # type: ignore[call-arg]
    store, master = Store(settings.files), MasterKeys.parse(settings.master_keys.get_secret_value())
    lacking = (await _known(settings)).keys() - store.digests()
    say("".join([*(f"{digest}\n" for digest in sorted(lacking)), READY]).encode())
    while line := sys.stdin.buffer.readline():
        header = Header.read(line)
        if header.service != service.name or header.digest not in lacking:
            raise Invalid(f"The file {header.digest} of {header.service} is none that {service.name} lacks")
        _keep(store, header, line, master)
        lacking.remove(header.digest)
    if lacking:
        raise Unavailable(
            f"{len(lacking)} files that records show are neither in the backup nor in the store:"
            f" {', '.join(sorted(lacking)[:10])}"
        )


def _keep(store: Store, header: Header, line: bytes, master: MasterKeys) -> None:
    read = _Part(sys.stdin.buffer, header.length).read
    key = master.unwrap(header.key, _purpose(header.service, header.digest)) if header.key else None
    store.bring_back(header.digest, streams.decrypted(read, key, line) if key else pieces(read))


async def _known(settings: CopySettings) -> dict[str, int]:
    connection = await asyncpg.connect(tls.dsn(settings.database_url.get_secret_value()))
    try:
        return {row["digest"]: row["size"] for row in await connection.fetch(_KNOWN)}
    finally:
        await connection.close()


class _Part:
    """So many bytes of a stream, as if they were all of it."""

    def __init__(self, source: IO[bytes], left: int) -> None:
        self._source, self._left = source, left

    def read(self, most: int) -> bytes:
        found = self._source.read(min(most, self._left))
        self._left -= len(found)
        return found


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told) + b"\n"


def _purpose(service: str, digest: str) -> str:
    return f"backup/file/{service}/{digest}"
