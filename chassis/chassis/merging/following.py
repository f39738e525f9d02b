"""Columns that name a record of some object: where they point after a merge, and after it is taken back.

A service says which columns these are; they follow by its handlers of the events that tell of a merge. What
names the loser later (an event that was on its way, a page that was open) follows by a sweep of its workers.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import ColumnElement, Select, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from chassis.database import Database
from chassis.merging.models import FollowedRow, MergedRecord
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers, NotYet
from chassis.service import Periodic, Runtime

BATCH = 1000
EVERY_SECONDS = 2.0

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Pointer:
    """A column that names a record; its table has a column `id`.

    `along` is a column of this table and one of a table with another pointer: a row goes back with the rows
    that are equal in these two, though it came after the merge. With `once_per` a record has one row
    per value of that column: where both have one, each keeps its own.
    """

    column: Column
    along: tuple[Column, Column] | None = None
    once_per: Column | None = None

    @property
    def model(self) -> Any:
        """Return the class of its rows."""
        return self.column.class_

    @property
    def name(self) -> str:
        """Return what is remembered of it."""
        return f"{self.model.__tablename__}.{self.column.key}"

    def moving(self, winner: Any) -> list[ColumnElement[bool]]:
        """Return what must hold of a row that is to name the winner."""
        if self.once_per is None:
            return []
        other = aliased(self.model)
        same = getattr(other, self.once_per.key) == self.once_per
        return [~exists().where(getattr(other, self.column.key) == winner, same)]


@dataclass(frozen=True)
class Merging:
    """An object whose records are merged somewhere, and what names them here, parents first."""

    object: str
    pointers: tuple[Pointer, ...]

    def handlers(
        self, *, merged: type[Message], unmerged: type[Message], winner: str, loser: str
    ) -> Handlers:
        """Return what follows the events of a merge, whose fields `winner` and `loser` have the ids.

        The chassis knows no contract, so the service names the messages; both have a `merge_id`.
        """

        async def follow(session: AsyncSession, event: Any, _: Envelope) -> None:
            ids = {"winner_id": UUID(getattr(event, winner)), "loser_id": UUID(getattr(event, loser))}
            await self.merge(session, UUID(event.merge_id), **ids)

        async def go_back(session: AsyncSession, event: Any, _: Envelope) -> None:
            # locked, so that no sweep lets a late row follow that this would then not put back
            merge = await session.get(MergedRecord, UUID(event.merge_id), with_for_update=True)
            if merge is None:
                raise NotYet(f"The merge {event.merge_id} is not known here yet")
            await self.unmerge(session, merge)

        return {merged: follow, unmerged: go_back}

    async def merge(self, session: AsyncSession, id: UUID, *, winner_id: UUID, loser_id: UUID) -> None:
        """Let all that names the loser name the winner, and remember which rows did."""
        merge = MergedRecord(id=id, object=self.object, winner_id=winner_id, loser_id=loser_id)
        session.add(merge)
        await session.flush()
        for pointer in self.pointers:
            await _follow(session, pointer, merge)

    async def unmerge(self, session: AsyncSession, merge: MergedRecord) -> None:
        """Let the loser's rows name the loser again, and forget the merge.

        Rows that somebody gave to a third record meanwhile stay there.
        """
        for pointer in self.pointers:
            await self._go_back(session, pointer, merge)
        await session.delete(merge)
        await session.flush()

    async def sweep(self, database: Database) -> None:
        """Let what named a loser after its merge follow, and remember that too."""
        for pointer in self.pointers:
            late = _late(self.object, pointer)
            if await database.read(late):
                async with database.transaction() as session:
                    for merge in (await session.scalars(late.limit(None).with_for_update())).all():
                        await _follow(session, pointer, merge)

    async def _go_back(self, session: AsyncSession, pointer: Pointer, merge: MergedRecord) -> None:
        followed = select(FollowedRow.row_id).where(
            FollowedRow.merge_id == merge.id, FollowedRow.column == pointer.name
        )
        theirs = [pointer.model.id.in_(followed)]
        if pointer.along:
            mine, of = pointer.along
            [parent] = [each for each in self.pointers if each.model is of.class_]
            theirs.append(mine.in_(_values(of, parent, merge.loser_id)))
        async for _ in _pointed(session, pointer, merge.winner_id, merge.loser_id, [or_(*theirs)]):
            pass


@cache  # looking is done all the time, and one statement that is read again costs half of many equal ones
def _late(object: str, pointer: Pointer) -> Select[MergedRecord]:
    """Return what finds a merge after which something named the loser."""
    names = (pointer.column == MergedRecord.loser_id, *pointer.moving(MergedRecord.winner_id))
    return select(MergedRecord).where(MergedRecord.object == object, exists().where(*names)).limit(1)


def following(*mergings: Merging) -> Periodic:
    """Return what workers do again and again, so that nothing that came late stays with a loser."""

    async def follow_merges(runtime: Runtime) -> None:
        for merging in mergings:
            await merging.sweep(runtime.database)

    return Periodic(EVERY_SECONDS, follow_merges)


def _values(of: Column, parent: Pointer, id: UUID) -> Select[Any]:
    table = aliased(parent.model)
    chosen = select(getattr(table, of.key)).where(getattr(table, parent.column.key) == id)
    return chosen.where(getattr(table, of.key).is_not(None))


async def _follow(session: AsyncSession, pointer: Pointer, merge: MergedRecord) -> None:
    chosen = pointer.moving(literal(merge.winner_id))
    async for rows in _pointed(session, pointer, merge.loser_id, merge.winner_id, chosen):
        noted = [{"merge_id": merge.id, "column": pointer.name, "row_id": row.id} for row in rows]
        await session.execute(insert(FollowedRow).values(noted).on_conflict_do_nothing())


async def _pointed(
    session: AsyncSession, pointer: Pointer, old: UUID, new: UUID, chosen: Sequence[ColumnElement[bool]]
) -> AsyncIterator[Sequence[Any]]:
    """Let rows name another record, a batch at a time; they are changed as records, with their history."""
    query = select(pointer.model).where(pointer.column == old, *chosen).order_by(pointer.model.id)
    batch = query.limit(BATCH).with_for_update().execution_options(populate_existing=True)
    while rows := (await session.scalars(batch)).all():
        for row in rows:
            setattr(row, pointer.column.key, new)
        await session.flush()
        yield rows
