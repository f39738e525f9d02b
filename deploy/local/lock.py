"""Only one suite runs in a folder: the running one holds a lock that ends with it, however it ends."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_LIMIT = 90.0


class AlreadyRunning(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def held(file: Path) -> Iterator[None]:
    """Holds the lock and notes our process id in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        if not _take(lock):
            raise AlreadyRunning(f"The suite runs already (process {_holder(file)}); `make down` stops it.")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
        lock.truncate(0)


def end_holder(file: Path) -> bool:
    """Ends the process that holds the lock and waits until it is gone; says whether there was one."""
    if not file.exists():
        return False
    with file.open("a+") as lock:
        if _take(lock):
            return False
        os.kill(_holder(file), signal.SIGTERM)
        deadline = time.monotonic() + _LIMIT
        while not _take(lock):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"Process {_holder(file)} does not end; its log is {file.parent.parent / 'logs'}."
                )
            time.sleep(0.1)
    return True


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: Path) -> int:
    return int(file.read_text())
