"""A caller written down, for work that is done for them later."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from chassis.access import Principal

Known = Callable[[Principal], Principal]


def written(principal: Principal) -> dict[str, Any]:
    """Return the principal as JSON, without the token."""
    return {
        "kind": principal.kind,
        "id": str(principal.id) if principal.id else None,
        "name": principal.name,
        "roles": sorted(principal.roles),
        "grants": sorted(principal.grants),
    }


def as_written(principal: Principal) -> Principal:
    """Return the principal with what was granted when it was written down, where no directory is."""
    return principal


def read(kept: dict[str, Any], known: Known) -> Principal:
    """Return the principal that was written down, with the rights of now; see TokenVerifier.known.

    Raises Unauthenticated for somebody who is not active any more.
    """
    return known(
        Principal(
            kind=kept["kind"],
            id=UUID(kept["id"]) if kept["id"] else None,
            name=kept["name"],
            roles=frozenset(kept["roles"]),
            grants=frozenset(kept["grants"]),
        )
    )
