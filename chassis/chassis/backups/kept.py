"""What the streams of a backup have in common."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Protocol

from chassis.secrets import streams

READY = "ready\n"


class Service(Protocol):
    """All that must be known of a service to back it up."""

    @property
    def name(self) -> str:
        """What it is called, also by its backups."""
        ...

    @property
    def package(self) -> ModuleType:
        """Beside which its migrations lie."""
        ...


def say(words: bytes) -> None:
    """Write to standard output what must not wait."""
    sys.stdout.buffer.write(words)
    sys.stdout.buffer.flush()


def pieces(read: streams.Read) -> Iterator[bytes]:
    """Yield a stream as it comes."""
    while piece := read(streams.PIECE):
        yield piece
