"""The walk through all records of an object, a few at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import Database, now, uuid7
from customer.companies.models import Customer
from customer.contacts.models import Contact
from customer.duplicates import queries, scoring
from customer.duplicates.models import ContactPair, CustomerPair, DuplicateSearch, Pair, SearchState
from customer.duplicates.scoring import Verdict

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Searched:
    """An object whose records are compared."""

    model: type[Customer] | type[Contact]
    pair: type[Pair]
    candidates: Callable[[AsyncSession, Sequence[UUID]], Awaitable[queries.Candidates]]
    known: Callable[[AsyncSession, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]
    compare: Callable[[Any, Any], Verdict]


SEARCHED = {
    "customer": Searched(
        Customer, CustomerPair, queries.companies_like, queries.companies_of, scoring.companies
    ),
    "contact": Searched(Contact, ContactPair, queries.people_like, queries.people_of, scoring.people),
}


async def begin(session: AsyncSession, object: str) -> DuplicateSearch:
    """Have the worker compare all records of an object; one that is still to be done is answered again."""
    waiting = select(DuplicateSearch).where(
        DuplicateSearch.object == object, DuplicateSearch.state == SearchState.WAITING
    )
    known: DuplicateSearch | None = await session.scalar(waiting.limit(1))
    if known is not None:
        return known
    total = await session.scalar(_count(SEARCHED[object])) or 0
    search = DuplicateSearch(object=object, total=total, created_by=access.actor_id())
    session.add(search)
    await session.flush()
    return search


async def search(database: Database) -> None:
    """Do all searches that wait; each chunk is kept, so that another replica goes on after a crash."""
    while await _chunk(database):
        pass


async def _chunk(database: Database) -> bool:
    oldest = select(DuplicateSearch).where(DuplicateSearch.finished_at.is_(None))
    async with database.transaction() as session:
        locked = oldest.order_by(DuplicateSearch.id).limit(1).with_for_update(skip_locked=True)
        found: DuplicateSearch | None = await session.scalar(locked)
        if found is None:
            return False
        searched = SEARCHED[found.object]
        ids = (await session.scalars(_next(searched, found.last_id))).all()
        if not ids:
            found.state, found.finished_at = SearchState.DONE, now()
            return True
        found.state, found.last_id = SearchState.RUNNING, ids[-1]
        found.checked += len(ids)
        found.found += await _compare(session, searched, ids)
        return True


async def _compare(session: AsyncSession, searched: Searched, ids: Sequence[UUID]) -> int:
    """Keep the pairs that score high enough; one that was found before keeps what was decided."""
    candidates = await searched.candidates(session, ids)
    known = await searched.known(session, sorted({id for pair in candidates for id in pair}))
    pairs = []
    for left, right in candidates:
        if left not in known or right not in known:
            continue  # merged meanwhile
        verdict = searched.compare(known[left], known[right])
        if verdict.score >= scoring.LISTED:
            pairs.append(_row(searched.pair, left, right, verdict))
    if not pairs:
        return 0
    rows = insert(searched.pair).values(pairs)
    put = rows.on_conflict_do_nothing().returning(searched.pair.id)
    return len((await session.scalars(put)).all())


def _row(pair: Any, left: UUID, right: UUID, verdict: Verdict) -> Mapping[str, Any]:
    told = {"score": verdict.score, "reasons": list(verdict.reasons)}
    return {"id": uuid7(), "left_id": left, "right_id": right, **told}


def _next(searched: Searched, after: UUID | None) -> Select[UUID]:
    chosen = select(searched.model.id).order_by(searched.model.id).limit(CHUNK)
    return chosen if after is None else chosen.where(searched.model.id > after)


def _count(searched: Searched) -> Select[int]:
    return select(func.count()).select_from(searched.model)
