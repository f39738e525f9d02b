"""Where the bytes of files lie: a folder or an S3-compatible store, under their SHA-256."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from chassis.errors import Invalid, LimitExceeded, Unavailable

MOST_BYTES = 50_000_000
BLOCK = 1 << 18


class Store:
    """A store named by its URL: `file:///var/lib/roundel` or `s3://bucket/prefix`.

    What S3 needs besides (endpoint, region, keys) is read from the variables that all its tools read.
    """

    def __init__(self, url: str) -> None:
        if not url:
            raise Unavailable("No store for files is configured; set ROUNDEL_FILES to its URL")
        given = {"client_options": {"allow_http": True}} if url.startswith("s3:") else {"mkdir": True}
        self._store = from_url(url, **given)

    async def put(self, content: AsyncIterator[bytes]) -> tuple[str, int, bytes]:
        """Keep what comes; return its digest, its size and how it begins.

        Raises LimitExceeded when it is too large and Unavailable when the store is away; then nothing stays.
        """
        arriving = f"arriving/{uuid4()}"
        incoming = _Incoming(content)
        try:
            await obstore.put_async(self._store, arriving, incoming.blocks(), use_multipart=True)
            digest = incoming.digest.hexdigest()
            await obstore.rename_async(self._store, arriving, _place(digest), overwrite=True)
        except BaseError as error:
            raise incoming.refusal or Unavailable("The store for files does not answer; try again") from error
        finally:
            with suppress(BaseError, FileNotFoundError):
                await obstore.delete_async(self._store, arriving)
        return digest, incoming.size, incoming.start

    async def get(self, digest: str) -> AsyncIterator[bytes]:
        """Return the bytes of a digest in blocks; raise Unavailable when they cannot be read."""
        try:
            found = await obstore.get_async(self._store, _place(digest))
        except (BaseError, FileNotFoundError) as error:
            raise Unavailable("The store does not give this file; try again") from error
        return _read(found)

    def reader(self, digest: str) -> Callable[[int], bytes]:
        """Return what reads so many bytes further; raise Unavailable when the file is missing."""
        try:
            found = obstore.open_reader(self._store, _place(digest))
        except (BaseError, FileNotFoundError) as error:
            raise Unavailable("The store does not give this file; try again") from error
        return lambda most: bytes(found.read(most))

    def digests(self) -> set[str]:
        """Return the digests of all that is kept."""
        listed = obstore.list(self._store, prefix="sha256/")
        return {found["path"].rpartition("/")[2] for batch in listed for found in batch}

    def bring_back(self, digest: str, content: Iterator[bytes]) -> None:
        """Keep a file that was backed up; raise Invalid when the content is not what the digest says."""
        arriving, whole = f"arriving/{uuid4()}", hashlib.sha256()

        def blocks() -> Iterator[bytes]:
            for block in content:
                whole.update(block)
                yield block

        try:
            obstore.put(self._store, arriving, blocks(), use_multipart=True)
            if whole.hexdigest() != digest:
                raise Invalid(f"The content of the file {digest} was changed; take another copy")
            obstore.rename(self._store, arriving, _place(digest), overwrite=True)
        finally:
            with suppress(BaseError, FileNotFoundError):
                obstore.delete(self._store, arriving)

    async def remove(self, digest: str) -> None:
        """Forget the bytes of a digest."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _place(digest))


class _Incoming:
    """Bytes on their way in, counted and digested."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()
        self.size = 0
        self.start = b""
        self.refusal: LimitExceeded | None = None

    async def blocks(self) -> AsyncIterator[bytes]:
        async for block in self._content:
            self.size += len(block)
            if self.size > MOST_BYTES:
                self.refusal = LimitExceeded(f"A file has at most {MOST_BYTES} bytes")
                raise self.refusal
            self.digest.update(block)
            self.start = self.start or block[:16]
            if block:
                yield block


async def _read(found: Any) -> AsyncIterator[bytes]:
    async for block in found.stream(min_chunk_size=BLOCK):
        yield bytes(block)


def _place(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"
