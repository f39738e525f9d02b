"""Two records become one, and two again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access.guard import by_the_rules
from chassis.audit.context import caused_by
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid, NotFound
from chassis.merging.models import FollowedRow, MergedRecord
from chassis.messaging.outbox import emit
from chassis.uniqueness.commands import claim, release
from customer.contacts.models import Contact
from customer.duplicates.models import DuplicateState
from customer.duplicates.searching import SEARCHED
from customer.merges.fields import Choices, give_back, take_over
from customer.merges.kinds import COMPANY, PERSON, Kind
from customer.merges.models import Merge


async def merge_customers(
    session: AsyncSession,
    *,
    winner_id: UUID,
    loser_id: UUID,
    choices: Choices,
    versions: Mapping[UUID, int | None],
) -> Merge:
    """Let one company stand for both, with everything of the other; `choices` say whose fields stay.

    Contacts who are one person by the rules of uniqueness are merged too. Raises NotFound for a company that
    the caller may not see, Conflict for one that was merged already or changed since, Invalid for an unknown
    field.
    """
    merge = await _merge(session, COMPANY, winner_id, loser_id, choices, versions)
    await _merge_alike(session, merge)
    return merge


async def merge_contacts(
    session: AsyncSession,
    *,
    winner_id: UUID,
    loser_id: UUID,
    choices: Choices,
    versions: Mapping[UUID, int | None],
) -> Merge:
    """Let one contact stand for both; raises as `merge_customers` does."""
    return await _merge(session, PERSON, winner_id, loser_id, choices, versions)


async def unmerge(session: AsyncSession, kind: Kind, id: UUID) -> Merge:
    """Take a merge back: the loser is there again with what was its own and what came for it since.

    Raises NotFound for an unknown merge and Conflict for one that was taken back, or whose winner was merged
    itself since: then that merge is the first to take back.
    """
    merge = await session.get(Merge, id, with_for_update=True)
    if merge is None or merge.object != kind.object:
        raise NotFound(f"There is no merge {id}", path=("input", "id"), id=str(id))
    if merge.unmerged_at is not None:
        raise Conflict("This merge was taken back already", path=("input", "id"))
    with caused_by(f"merge {merge.id}"):
        winner, loser = await _locked(session, kind, merge.winner_id, merge.loser_id, {})
        _refuse_merged(winner)
        with by_the_rules():
            await _take_back(session, kind, merge, winner, loser)
            await _claim_again(session, merge)
    return merge


async def _merge(
    session: AsyncSession,
    kind: Kind,
    winner_id: UUID,
    loser_id: UUID,
    choices: Choices,
    versions: Mapping[UUID, int | None],
    within_id: UUID | None = None,
) -> Merge:
    if winner_id == loser_id:
        raise Invalid("A record cannot be merged with itself", path=("input", "loserId"))
    winner, loser = await _locked(session, kind, winner_id, loser_id, versions)
    _refuse(kind, winner, loser)
    merge = Merge(
        object=kind.object,
        winner_id=winner_id,
        loser_id=loser_id,
        loser_name=loser.name,
        taken=[],
        custom=[],
        added={},
        within_id=within_id,
        merged_by=access.actor_id(),
    )
    session.add(merge)
    await session.flush()
    with caused_by(f"merge {merge.id}"):
        await release(session, kind.unique, [winner_id, loser_id])
        await take_over(session, kind.fields, merge, winner, loser, choices)
        loser.merged_into_id = winner_id
        with by_the_rules():
            await kind.merging.merge(session, merge.id, winner_id=winner_id, loser_id=loser_id)
        await claim(session, kind.unique, [winner_id])
        await _decide(session, kind, loser_id, DuplicateState.OPEN, DuplicateState.MERGED)
        await kind.tell_changed(session, winner)
        _tell(session, kind, kind.merged, merge, winner)
    return merge


async def _take_back(session: AsyncSession, kind: Kind, merge: Merge, winner: Any, loser: Any) -> None:
    within = select(Merge).where(Merge.within_id == merge.id, Merge.unmerged_at.is_(None))
    for inner in (await session.scalars(within.order_by(Merge.id.desc()))).all():
        people = await _locked(session, PERSON, inner.winner_id, inner.loser_id, {})
        await _take_back(session, PERSON, inner, *people)
    await release(session, kind.unique, [winner.id])
    await give_back(session, kind.fields, merge, winner, loser)
    loser.merged_into_id = None
    record = await session.get_one(MergedRecord, merge.id, with_for_update=True)
    await kind.merging.unmerge(session, record)
    await _decide(session, kind, loser.id, DuplicateState.MERGED, DuplicateState.OPEN)
    merge.unmerged_at, merge.unmerged_by = now(), access.actor_id()
    for each in (winner, loser):
        await kind.tell_changed(session, each)
    _tell(session, kind, kind.unmerged, merge, winner)


async def _merge_alike(session: AsyncSession, merge: Merge) -> None:
    """Merge each contact who came along with the one there who is the same person by the company's rules."""
    came = select(FollowedRow.row_id).where(
        FollowedRow.merge_id == merge.id, FollowedRow.column == f"{Contact.__tablename__}.customer_id"
    )
    for id in (await session.scalars(came.order_by(FollowedRow.row_id))).all():
        try:
            async with session.begin_nested():
                await claim(session, PERSON.unique, [id])
        except Conflict as error:
            known = UUID(str(error.facts["contactId"]))
            await _merge(session, PERSON, known, id, {}, {}, within_id=merge.id)


async def _claim_again(session: AsyncSession, merge: Merge) -> None:
    both = (merge.winner_id, merge.loser_id)
    people = Contact.customer_id.in_(both) if merge.object == COMPANY.object else Contact.id.in_(both)
    ids = (await session.scalars(select(Contact.id).where(people, Contact.merged_into_id.is_(None)))).all()
    await claim(session, PERSON.unique, ids)
    if merge.object == COMPANY.object:
        await claim(session, COMPANY.unique, both)


async def _locked(
    session: AsyncSession, kind: Kind, winner_id: UUID, loser_id: UUID, versions: Mapping[UUID, int | None]
) -> tuple[Any, Any]:
    """Return both, locked in one order for everybody."""
    found = {
        id: await fetch(session, kind.model, id, expected_version=versions.get(id))
        for id in sorted((winner_id, loser_id))
    }
    return found[winner_id], found[loser_id]


def _refuse(kind: Kind, winner: Any, loser: Any) -> None:
    for each in (winner, loser):
        _refuse_merged(each)
    for one, other in ((winner, loser), (loser, winner)):
        if getattr(one, kind.above) == other.id:
            raise Conflict(
                f"{other.name} stands above {one.name}, so they are not one; change that first",
                path=("input", "loserId"),
            )


def _refuse_merged(record: Any) -> None:
    if record.merged_into_id is not None:
        raise Conflict(
            f"{record.name} was merged into another record; take that merge back first, or use the other",
            mergedIntoId=str(record.merged_into_id),
        )


async def _decide(
    session: AsyncSession, kind: Kind, id: UUID, before: DuplicateState, after: DuplicateState
) -> None:
    pair: Any = SEARCHED[kind.object].pair
    decided = {"decided_at": now(), "decided_by": access.actor_id()}
    if after is DuplicateState.OPEN:
        decided = dict.fromkeys(decided)
    of = or_(pair.left_id == id, pair.right_id == id)
    await session.execute(update(pair).where(of, pair.state == before).values(state=after, **decided))


def _tell(session: AsyncSession, kind: Kind, event: Any, merge: Merge, winner: Any) -> None:
    told = event(
        merge_id=str(merge.id),
        version=winner.version,
        loser_id=str(merge.loser_id),
        name=winner.name,
        loser_name=merge.loser_name,
        **kind.ids(winner),
    )
    told.occurred_at.FromDatetime(now())
    emit(session, told, subject=winner.id)
