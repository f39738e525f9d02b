"""What processes cost, as the kernel counts it."""

import contextlib
import os
from collections.abc import Collection
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(root: int) -> set[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found, waiting = set(), [root]
    while waiting:
        found.add(process := waiting.pop())
        waiting += children.get(process, [])
    return found


def cpu_seconds(processes: Collection[int]) -> float:
    """The CPU time that living processes used so far."""
    used = 0
    for process in processes:
        with contextlib.suppress(OSError):
            fields = _stat(process)
            used += int(fields[11]) + int(fields[12])
    return used / _TICKS


def resident_megabytes(processes: Collection[int]) -> float:
    """The memory that processes occupy; pages which they share count for each."""
    pages = 0
    for process in processes:
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * _PAGE / 1e6


def _stat(process: int) -> list[str]:
    """The fields of proc(5) from the third, the state, on: the second may contain anything."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
