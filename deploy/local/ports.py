"""Ports on 127.0.0.1 that nobody uses, and that no other process of ours is told of."""

import random
import socket

# Below the range from which systems take the ports of outgoing connections.
_RANGE = range(20000, 32000)
_BLOCK = 100  # ports that one process keeps for itself until it ends

_kept: list[socket.socket] = []
_left: list[int] = []


def free_ports(count: int) -> list[int]:
    """Finds `count` different ports that can be listened on; raises OSError when there are no more.

    None of them is given to anybody else while this process lives: who is told of a port listens on it only
    some seconds later, and again after a crash.
    """
    found: list[int] = []
    while len(found) < count:
        if not _left:
            _left.extend(_block())
        if is_free(port := _left.pop()):
            found.append(port)
    return found


def free_port() -> int:
    """Finds one port that can be listened on."""
    return free_ports(1)[0]


def is_free(port: int) -> bool:
    """Says whether a server could listen on the port."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _block() -> range:
    starts = _RANGE[::_BLOCK]
    for start in random.sample(starts, len(starts)):
        keeper = socket.socket(socket.AF_UNIX)
        try:
            keeper.bind(f"\0roundel-ports-{start}")  # a name without a file, gone with the process
        except OSError:
            keeper.close()
        else:
            _kept.append(keeper)
            return range(start, start + _BLOCK)
    raise OSError(f"All ports from {_RANGE.start} to {_RANGE.stop - 1} are kept by other processes")
