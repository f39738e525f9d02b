"""Where backups are kept: a folder, or a bucket of S3-compatible storage."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from roundel_cli.backups.installation import BackupError

PIECE = 1 << 20


@dataclass(frozen=True)
class Written:
    """What was written: how much, and its checksum."""

    bytes: int
    sha256: str


class Store:
    """One place for backups; `s3://bucket/prefix` takes its login from AWS_… of the environment."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._store: ObjectStore = (
            from_url(target) if "://" in target else LocalStore(Path(target).resolve(), mkdir=True)
        )

    async def write(self, path: str, pieces: AsyncIterator[bytes]) -> Written:
        """Write an object as it comes; it is there whole or not at all."""
        digest, size = hashlib.sha256(), 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        await obstore.put_async(self._store, path, counted())
        return Written(size, digest.hexdigest())

    async def pieces(self, path: str) -> AsyncIterator[bytes]:
        """Yield an object's content; raises BackupError when there is none."""
        try:
            found = await obstore.get_async(self._store, path)
            async for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)
        except FileNotFoundError:
            raise BackupError(f"{self.target} has no {path}") from None

    async def measured(self, path: str) -> Written:
        """Read an object whole and tell its size and checksum."""
        digest, size = hashlib.sha256(), 0
        async for piece in self.pieces(path):
            digest.update(piece)
            size += len(piece)
        return Written(size, digest.hexdigest())

    async def paths(self, beginning: str = "") -> list[str]:
        """The path of every object whose path begins so, sorted."""
        found: list[str] = []
        async for batch in obstore.list(self._store, prefix=beginning):
            found += [meta["path"] for meta in batch]
        return sorted(found)

    async def delete(self, paths: list[str]) -> None:
        """Remove objects."""
        if paths:
            await obstore.delete_async(self._store, paths)


async def collected(pieces: AsyncIterator[bytes]) -> bytes:
    """Return a small object's content."""
    return b"".join([piece async for piece in pieces])
