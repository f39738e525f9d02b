"""Writes: the row and the fields that the caller's grant allows, checked before anything is written.

A root field with `Granted(noun, action)` says what the caller is doing. Rows of that object must be within
the scope of that action, rows of other objects that a command looks up within the scope of reading. What a
service decides by its own rules is done in `by_the_rules`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ScalarSelect, Select, Table, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from chassis.access import scope
from chassis.access.masks import Parts, columns
from chassis.access.principal import Principal, acting_as, current
from chassis.access.rights import EVERYTHING, Effective, Reach
from chassis.access.roles import Condition
from chassis.conditions import python, tree
from chassis.conditions.fields import field
from chassis.errors import Forbidden, Invalid

_acting: ContextVar[tuple[str, str] | None] = ContextVar("acting", default=None)


def act(noun: str, action: str, caller: Principal | None = None) -> Effective:
    """Note what the caller does from now on; raise Unauthenticated or Forbidden if that is not granted."""
    allowed = (caller or current()).require(noun, action)
    _acting.set((noun, action))
    return allowed


def act_by_the_rules() -> None:
    """Note that from now on the service decides; a root field calls this that shows only one's own."""
    _acting.set(None)


@contextmanager
def by_the_rules() -> Iterator[None]:
    """What happens inside was decided by the service: it may all, still on behalf of its caller."""
    caller = current()
    if caller.rights is not None:
        caller = replace(caller, rights=None, grants=frozenset(("*:*",)))
    with acting_as(caller):
        yield


async def may_touch(session: AsyncSession, model: Any, id: UUID) -> bool:
    """Tell whether the caller may do this to the row; False when it may not even be known to exist.

    Raises Forbidden for one that the caller may read but not do this to.
    """
    listing, acting, caller = scope.OF_TABLES.get(model.__table__), _acting.get(), current()
    if listing is None or acting is None or caller.rights is None:
        return True
    doing = caller.on(*acting) if listing.noun == acting[0] else None
    if doing is not None and await _is_within(session, listing, id, doing.reach):
        session.info.setdefault("reached", set()).add(id)
        return True
    reading = caller.on(listing.noun, "read")
    if reading is None or not await _is_within(session, listing, id, reading.reach):
        return False
    if doing is not None:
        raise _outside(listing, acting[1], id)
    return True


async def _is_within(session: AsyncSession, listing: scope.Owned, id: UUID, reach: Reach | None) -> bool:
    if reach is None:
        return True
    return await session.scalar(_within(listing, id, reach), reach.parameters) is not None


def _within(listing: scope.Owned, id: UUID, reach: Reach) -> Select[Any]:
    found = select(listing.table.c.id).where(listing.table.c.id == id)
    return found.where(scope.where(listing, reach.shape))


@event.listens_for(Session, "before_flush")
def _check(session: Session, *_: object) -> None:
    """Check what any session is about to write for a caller whose rights may be narrow."""
    acting, caller = _acting.get(), current()
    if acting is None or caller.rights is None:
        return
    noun, action = acting
    allowed = caller.on(noun, action)
    created = session.info.setdefault("created", set())
    for row in [*session.new, *session.dirty, *session.deleted]:
        listing = scope.OF_TABLES.get(getattr(row, "__table__", None))
        if listing is None or listing.noun != noun or allowed is None:
            continue
        _check_fields(row, noun, allowed, listing.parts)
        if allowed.reach is None:
            continue
        if row in session.new:
            created.add(id(row))
        if id(row) in created:
            if not _belongs(session, listing, row, allowed.reach):
                raise _of_others(noun, action)
        elif session.is_modified(row) or row in session.deleted:
            _check_row(session, listing, row, action, allowed.reach)


def fixed(table: Table) -> frozenset[str]:
    """Return the fields, as roles name them, that the caller may not set in rows of this table now."""
    listing, acting = scope.OF_TABLES.get(table), _acting.get()
    if listing is None or acting is None or listing.noun != acting[0]:
        return frozenset()
    allowed = current().on(*acting)
    return allowed.fixed if allowed else frozenset()


def check_made(session: Session, rows: Sequence[Any]) -> None:
    """Check new rows that are written past the session's flush; raises Forbidden as a flush would."""
    acting, caller = _acting.get(), current()
    listing = scope.OF_TABLES.get(rows[0].__table__) if rows else None
    if acting is None or listing is None or listing.noun != acting[0] or caller.rights is None:
        return
    allowed = caller.on(*acting)
    if allowed is None or allowed == EVERYTHING:
        return
    fixed = columns(allowed.fixed, listing.parts) if allowed.fixed else ()
    for row in rows:
        for name in sorted(fixed):
            if vars(row).get(name) not in (None, {}):
                raise _fixed(acting[0], name)
        if allowed.reach is not None and not _belongs(session, listing, row, allowed.reach):
            raise _of_others(*acting)


def _of_others(noun: str, action: str) -> Forbidden:
    return Forbidden(
        f"You may not {action} {noun} for somebody outside your scope; name another owner",
        path=("input", "ownerId"),
        object=noun,
    )


def _check_fields(row: Any, noun: str, allowed: Effective, parts: Parts) -> None:
    fixed = columns(allowed.fixed, parts) if allowed.fixed else ()
    for name in sorted(set(fixed) & set(row.__table__.c.keys())):
        history = inspect(row).attrs[name].history
        if any(value is not None for value in (*history.added, *history.deleted)) and history.has_changes():
            raise _fixed(noun, name)


def _fixed(noun: str, name: str) -> Forbidden:
    return Forbidden(
        f"You may not set {name} of {noun}; leave it as it is", path=("input", name), object=noun, field=name
    )


def _check_row(session: Session, listing: scope.Owned, row: Any, action: str, reach: Reach) -> None:
    reached = session.info.setdefault("reached", set())
    if row.id in reached:
        return
    if session.connection().scalar(_within(listing, row.id, reach), dict(reach.parameters)) is None:
        raise _outside(listing, action, row.id)
    reached.add(row.id)


def _belongs(session: Session, listing: scope.Owned, row: Any, reach: Reach) -> bool:
    """Tell whether a new row is within reach; one that is nobody's yet belongs to whoever made it."""
    owner = getattr(row, listing.owner) if listing.owner else None
    above = [(parent, getattr(row, column)) for column, parent in listing.through]
    ways = [owner in reach.people] if owner else []
    for parent, parent_id in above:
        if parent_id is not None:
            found = session.connection().scalar(_within(parent, parent_id, reach), dict(reach.parameters))
            ways.append(found is not None)
    return (
        (not ways and not listing.open)
        or any(ways)
        or any(_meets(listing, row, each) for each in reach.scopes)
    )


def _meets(listing: scope.Owned, row: Any, condition: Any) -> bool:
    if not isinstance(condition, Condition):
        return False
    try:
        parsed = tree.parse(orjson.loads(condition.json), fields=listing.comparable)
        meets = python.compiled(parsed, listing.comparable, scope.environment())
    except Invalid:
        return False
    if any(_is_looked_up(listing, rule.field) for rule in tree.rules(parsed)):
        return False
    return meets({column.key: getattr(row, column.key, None) for column in row.__table__.c})


def _is_looked_up(listing: scope.Owned, name: str) -> bool:
    """Tell whether only a query finds a field, of a related record or a roll-up: a new row has none of it."""
    found = field(listing.comparable, name)
    return found is not None and isinstance(found.expression, ScalarSelect)


def _outside(listing: scope.Owned, action: str, id: UUID) -> Forbidden:
    return Forbidden(
        f"This {listing.noun} is outside what you may {action}; ask its owner or whoever leads them",
        object=listing.noun,
        action=action,
        id=str(id),
    )
