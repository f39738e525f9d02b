"""What resolvers hold during one request: the caller, the loaders, the way to change something."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chassis import idempotency
from chassis.access import Principal
from chassis.access.scoped import parameters
from chassis.access.showing import Showing
from chassis.audit.context import because
from chassis.audit.reading import Seen
from chassis.contention import again
from chassis.database import Database
from chassis.errors import Invalid
from chassis.fields import asking
from chassis.graphql.connections import Connection
from chassis.listing import Listing, Page, Query
from chassis.reads.batches import Asked, Batches
from chassis.reads.turns import Keys, Read, Turns, one_each, several_each

R = TypeVar("R")
T = TypeVar("T")


# with names, because what stands at functions within functions is evaluated each time
Ids = list[UUID]
Reading = Read[Any]
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class Once(Protocol):
    """What can be asked repeatedly; see inputs.Input."""

    idempotency_key: str | None


class BaseContext(Showing):
    """One per request. Resolvers run concurrently, so it holds no session; each service extends it."""

    def __init__(self, database: Database, principal: Principal) -> None:
        self.database = database
        self.principal = principal
        self.seen = Seen(principal)
        self._loaders: dict[Any, Asked] = {}
        self._turns = Turns(database)
        self.masked = set()

    async def load(self, listing: Listing, id: UUID | None) -> Row[Any] | None:
        """Return the row of this id; all ids asked for together are read by one statement."""
        if id is None:
            return None
        allowed = self.principal.require(listing.noun, "read")
        reach = allowed.reach

        def read(ids: Ids) -> Reading:
            return Read(listing.by_id(reach), {"ids": ids, **parameters(reach)}, one_each(ids))

        row: Row[Any] | None = await self._read(("id", listing.noun, listing.table.name), read, id)
        self.seen.record(listing, row, allowed.hidden)
        return self.shown(listing, allowed, row) if allowed.hidden and row else row

    async def rows(
        self, statement: Select[Any], key: UUID, *, by: str, listing: Listing
    ) -> Sequence[Row[Any]]:
        """Return the rows whose column `by` is this key, out of a statement with a parameter `keys`.

        They are rows of the listing, or parts of its rows, which `by` names then. For short lists inside
        an aggregate (lines of a quote); lists that grow are connections.
        """
        allowed = self.principal.require(listing.noun, "read")
        reach = allowed.reach

        def read(keys: Ids) -> Reading:
            given = {"keys": keys, **parameters(reach)}
            return Read(listing.within(statement, reach, by=by), given, several_each(keys, by))

        found: list[Row[Any]] = await self._read(("rows", id(statement)), read, key)
        self.seen.rows(listing, found, allowed.hidden)
        return [self.shown(listing, allowed, row) for row in found] if allowed.hidden else found

    async def page(self, listing: Listing, page: Page, node: Callable[[Any], T]) -> Connection[T]:
        """Return one page of all rows that the page's condition selects."""
        allowed = self.principal.require(listing.noun, "read")
        query = Query(listing, page, allowed=allowed)

        found = self.seen.page(listing, await query.slice(self.database), allowed.hidden)
        return Connection[T].of(found, self.node(listing, allowed, node), partial(query.count, self.database))

    async def children(
        self, listing: Listing, column: Column, parent: UUID, page: Page, node: Callable[[Any], T]
    ) -> Connection[T]:
        """Return one page of the rows that belong to a parent; many parents cost one statement."""
        allowed = self.principal.require(listing.noun, "read")
        query = Query(listing, page, column.expression, allowed=allowed)

        key = (listing.table.name, str(column), _hashable(page))
        count = partial(self._read, ("count", *key), query.counting, parent)
        found = await self._read(("page", *key), query.slicing, parent)
        self.seen.page(listing, found, allowed.hidden)
        return Connection[T].of(found, self.node(listing, allowed, node), count)

    async def change(self, input: Once, work: Callable[[AsyncSession], Awaitable[R]]) -> R:
        """Do a mutation's work in one transaction, once per idempotency key.

        `work` returns an aggregate's row, a list of them, or plain JSON; it runs again when another
        transaction was in its way, and when it needs values that another service is asked for first.
        """

        async def attempt() -> Any:
            async with self.database.transaction() as session:
                return await (
                    work(session)
                    if input.idempotency_key is None
                    else idempotency.once(session, _key(input), _fingerprint(input), work)
                )

        with because(getattr(input, "reason", None)):
            result = await asking.answered(self.database, lambda: again(attempt))
        self._loaders.clear()  # what was read before is out of date
        return cast(R, self.changed(result))

    def _read(self, key: Any, read: Callable[[list[Any]], Read[Any]], of: Any) -> Awaitable[Any]:
        if key not in self._loaders:
            self._loaders[key] = Keys(self._turns, read)
        return self._loaders[key].load(of)

    def _loaded(self, key: Any, many: Callable[[list[Any]], Awaitable[Any]], of: Any) -> Awaitable[Any]:
        if key not in self._loaders:
            self._loaders[key] = Batches(many)
        return self._loaders[key].load(of)


def _key(input: Once) -> str:
    key = input.idempotency_key or ""
    if not 1 <= len(key) <= 200:
        raise Invalid("An idempotency key has 1 to 200 characters", path=("input", "idempotencyKey"))
    return key


def _fingerprint(input: Once) -> str:
    given = asdict(input, dict_factory=_given)  # type: ignore[call-overload]
    return idempotency.fingerprint(type(input).__name__, given)


def _given(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in items if value is not strawberry.UNSET}


def _hashable(page: Page) -> Any:
    return (page.first, page.after, page.last, page.before, repr(page.condition), page.order, page.search)
