"""Answers made smaller for the way to the caller."""

import asyncio
import gzip

import brotli

SMALLEST = 1_000  # bytes; below, one network packet carries it anyway
LARGE = 64_000  # bytes; above, it would keep the other requests waiting

# the lowest levels: the next ones save a sixth of the bytes for twice the time
BROTLI_QUALITY = 1
GZIP_LEVEL = 1


async def compressed(body: bytes, coding: str) -> bytes:
    """The body in the coding `br` or `gzip`."""
    if len(body) > LARGE:
        return await asyncio.to_thread(_compressed, body, coding)
    return _compressed(body, coding)


def _compressed(body: bytes, coding: str) -> bytes:
    if coding == "br":
        smaller: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
        return smaller
    return gzip.compress(body, GZIP_LEVEL, mtime=0)
