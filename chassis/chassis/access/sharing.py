"""Sharing a record with a person or a team: `shareLead`, `unshareLead` and `leadShares`, for any object."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.extensions import FieldExtension

from chassis import access
from chassis.access.models import RecordShare
from chassis.access.told import require_grantee
from chassis.database import fetch, now, uuid7
from chassis.edges.roots import Roots
from chassis.errors import LimitExceeded
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.listing import Listing

MOST = 100  # grantees of one record; more are a team


@strawberry.input(description="With whom a record is shared from now on, and what for.")
class ShareInput(Input):
    id: UUID = strawberry.field(description="Which record.")
    grantee_id: UUID = strawberry.field(description="A person, or a team with all teams below it.")
    can_update: bool = strawberry.field(default=False, description="Whether they may change it, too.")


@strawberry.input(description="With whom a record is not shared any more.")
class UnshareInput(Input):
    id: UUID = strawberry.field(description="Which record.")
    grantee_id: UUID = strawberry.field(description="The person or team.")


@strawberry.federation.type(shareable=True, description="A record that somebody lets others see.")
class Share:
    record_id: UUID = strawberry.field(description="Which record.")
    grantee_id: UUID = strawberry.field(description="The person or team that sees it.")
    can_update: bool = strawberry.field(description="Whether they may change it, too.")
    shared_by: UUID | None = strawberry.field(description="Who shared it.")
    shared_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a share."""
        return cls(
            record_id=row.record_id,
            grantee_id=row.grantee_id,
            can_update=row.can_update,
            shared_by=row.shared_by,
            shared_at=row.shared_at,
        )


@strawberry.federation.type(shareable=True, description="With whom a record is shared, or is not any more.")
class SharePayload:
    record_id: UUID = strawberry.field(description="Which record.")
    grantee_id: UUID = strawberry.field(description="The person or team.")
    shared: bool = strawberry.field(description="Whether they see it through a share now.")


def sharing(listing: Listing, model: type[Any]) -> Roots:
    """Return the fields for one object; the action that grants name is `share`."""
    noun, label = listing.noun, model.__name__

    async def share(info: strawberry.Info[Any, None], input: ShareInput) -> SharePayload:
        async def work(session: AsyncSession) -> None:
            await fetch(session, model, input.id)
            await _share(session, noun, input)

        await info.context.change(input, work)
        return SharePayload(record_id=input.id, grantee_id=input.grantee_id, shared=True)

    async def unshare(info: strawberry.Info[Any, None], input: UnshareInput) -> SharePayload:
        async def work(session: AsyncSession) -> None:
            await fetch(session, model, input.id)
            ended = delete(RecordShare).where(RecordShare.grantee_id == input.grantee_id)
            await session.execute(_of(ended, noun, input.id))

        await info.context.change(input, work)
        return SharePayload(record_id=input.id, grantee_id=input.grantee_id, shared=False)

    async def shares(info: strawberry.Info[Any, None], id: UUID) -> list[Share]:
        await listing.get(info.context.database, id)
        found = await info.context.database.read(_of(select(RecordShare.__table__), noun, id))
        return [Share.of(row) for row in found]

    granted: list[FieldExtension] = [Granted(noun, "share")]
    changing = {
        f"share_{noun}": strawberry.mutation(
            share, extensions=granted, description=f"Let a person or a team see one {label}."
        ),
        f"unshare_{noun}": strawberry.mutation(
            unshare, extensions=granted, description=f"Share one {label} with them no longer."
        ),
    }
    reading = {
        f"{noun}_shares": strawberry.field(
            shares, extensions=[Granted(noun, "read")], description=f"With whom one {label} is shared."
        )
    }
    queries = strawberry.type(type(f"{label}ShareQueries", (), reading))
    return Roots(queries, strawberry.type(type(f"{label}ShareMutations", (), changing)))


def _of(statement: Any, noun: str, id: UUID) -> Any:
    return statement.where(RecordShare.object == noun, RecordShare.record_id == id)


async def _share(session: AsyncSession, noun: str, input: ShareInput) -> None:
    known = _of(select(func.count()).select_from(RecordShare), noun, input.id)
    if (await session.scalar(known) or 0) >= MOST:
        raise LimitExceeded(f"A record is shared with at most {MOST}; share it with a team", path=("input",))
    await require_grantee(session, input.grantee_id, "input", "granteeId")
    row = insert(RecordShare).values(
        id=uuid7(),
        object=noun,
        record_id=input.id,
        grantee_id=input.grantee_id,
        can_update=input.can_update,
        shared_by=access.actor_id(),
        shared_at=now(),
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["object", "record_id", "grantee_id"],
            set_={"can_update": row.excluded.can_update},
        )
    )
