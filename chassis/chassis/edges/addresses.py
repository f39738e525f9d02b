"""From where a request comes, and as what a stranger is counted."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator


def _network(text: str) -> str:
    return str(ip_network(text))


Proxies = tuple[Annotated[str, AfterValidator(_network)], ...]  # whose X-Forwarded-For is believed


def address_of(scope: Mapping[str, Any]) -> str | None:
    """Return whence a request comes: the peer's address, or what the server read from a proxy it believes.

    None for what is no address, such as a name in a forwarded header.
    """
    client = scope.get("client")
    return _known(client[0]) if client else None


def counted_as(address: str) -> str:
    """Return as what this address is counted; whoever has one IPv6 address has its whole network."""
    found = _parsed(address)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64" if isinstance(found, IPv6Address) else address


@lru_cache(maxsize=1024)  # proxies come with every request
def _known(text: str) -> str | None:
    found = _parsed(text)
    return str(found) if found else None


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])  # behind it stands an interface of this machine
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
