"""What a request shows of rows, and which fields it kept back."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from chassis.access import masks, scope
from chassis.access.principal import Principal
from chassis.access.rights import Effective

T = TypeVar("T")


class Showing:
    """The part of graphql.context.BaseContext that knows of rights."""

    principal: Principal
    masked: set[tuple[str, str]]  # objects and fields kept from the caller in this answer

    def owner_of_new(self, noun: str) -> UUID | None:
        """Return the caller, when what they enter must be certain people's: theirs, if they name nobody."""
        allowed = self.principal.on(noun, "create")
        return self.principal.id if allowed and allowed.reach else None

    def shown(self, listing: scope.Owned, allowed: Effective, row: Any) -> Any:
        """Return a row without the fields that are kept back, and note which they are."""
        self.masked |= {(listing.noun, field) for field in allowed.hidden}
        return masks.Masked(row, masks.columns(allowed.hidden, listing.parts))

    def node(self, listing: scope.Owned, allowed: Effective, node: Callable[[Any], T]) -> Callable[[Any], T]:
        """Return what shows a row of the listing, without the fields that are kept back."""
        if not allowed.hidden:
            return node
        return lambda row: node(self.shown(listing, allowed, row))

    def changed(self, result: Any) -> Any:
        """Return what a mutation changed without the fields that the caller may not read."""
        if self.principal.rights is None:
            return result
        if isinstance(result, list | tuple):
            return [self.changed(each) for each in result]
        listing = scope.OF_TABLES.get(getattr(result, "__table__", None))
        allowed = self.principal.on(listing.noun, "read") if listing else None
        return self.shown(listing, allowed, result) if listing and allowed and allowed.hidden else result
