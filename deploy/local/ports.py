"""Ports on 127.0.0.1 that nobody uses."""

import random
import socket

# Below the range from which systems take the ports of outgoing connections.
_RANGE = range(20000, 32000)


def free_ports(count: int) -> list[int]:
    """Finds `count` different ports that can be listened on."""
    found: list[int] = []
    for port in random.sample(_RANGE, len(_RANGE)):
        if len(found) == count:
            break
        if is_free(port):
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
