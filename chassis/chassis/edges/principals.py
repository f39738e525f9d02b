"""A caller written down, for work that is done for them later."""

from typing import Any
from uuid import UUID

from chassis.access import Principal


def written(principal: Principal) -> dict[str, Any]:
    """Return the principal as JSON, without the token."""
    return {
        "kind": principal.kind,
        "id": str(principal.id) if principal.id else None,
        "name": principal.name,
        "roles": sorted(principal.roles),
        "grants": sorted(principal.grants),
    }


def read(kept: dict[str, Any]) -> Principal:
    """Return the principal that was written down."""
    return Principal(
        kind=kept["kind"],
        id=UUID(kept["id"]) if kept["id"] else None,
        name=kept["name"],
        roles=frozenset(kept["roles"]),
        grants=frozenset(kept["grants"]),
    )
