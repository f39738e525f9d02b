"""What the supervisor runs: a program, and how to tell that it is ready."""

import ctypes
import os
import signal
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Program:
    """A process to keep running."""

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    before: Callable[[], None] = _nothing  # puts right what a crash left behind; called before every start
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None
    warm: bool = False  # `python -m …` that may be forked from a process with imports done, see warm.py


async def answers(url: str, tls: ssl.SSLContext | None = None) -> bool:
    """Says whether the URL answers 200."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http,
            http.get(url, ssl=tls or True) as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def die_with(parent: int) -> None:
    """Runs in a child before exec: the kernel kills the child when the supervisor ends, however it ends."""
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
