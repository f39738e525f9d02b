"""A company's data stays on its own machines: the suite talks to nobody else."""

import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from deploy.local.suite import SERVICES, Suite
from tests.e2e.caller import Caller
from tests.e2e.journeys import Journey, convert, find_lead, furnish, submit_form

PROGRAMS = (*SERVICES, "gateway", "nats")  # whoever PostgreSQL talks to is one of these


@pytest.mark.feature("F112")
async def test_no_program_of_the_suite_is_connected_to_another_machine(
    suite: Suite, administrator: Caller, anybody: Caller
) -> None:
    journey = Journey("Private 私有")
    await submit_form(anybody, await furnish(administrator, "private"), journey)
    await find_lead(administrator, journey)
    await convert(administrator, journey)

    peers = {name: set(_peers(suite.pid(name))) for name in PROGRAMS}

    assert all(peers.values()), peers
    assert [each for found in peers.values() for each in found if not each.is_loopback] == []


def _peers(pid: int) -> Iterator[IPv4Address | IPv6Address]:
    """Return whom a process's open connections lead to, as the kernel knows them."""
    sockets = {_target(each) for each in Path(f"/proc/{pid}/fd").iterdir()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            address, state, inode = columns[2].split(":")[0], columns[3], columns[9]
            if state == "01" and f"socket:[{inode}]" in sockets:  # established
                yield _address(address)


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:  # closed meanwhile
        return ""


def _address(written: str) -> IPv4Address | IPv6Address:
    """Read an address as the kernel writes it: words of four bytes in the machine's order."""
    words = [int(written[at : at + 8], 16) for at in range(0, len(written), 8)]
    raw = b"".join(word.to_bytes(4, "little") for word in words)
    found = ip_address(socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw))
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
