"""Records of other services: here they have only an owner, through whom rows of this service are theirs."""

from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.models import RecordOwner
from chassis.access.replicas import keep, optional_id
from chassis.listing import Listing
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers


def owners_of(noun: str) -> Listing:
    """Return a listing of the known records' owners, for `through` of rows that `noun` grants."""
    table: Any = RecordOwner.__table__
    return Listing(noun=noun, table=table, fields={}, default=(), owner="owner_id")


def owners_told(*events: type[Message], id: str) -> Handlers:
    """Return what keeps the owners: the events carry the record's id, `version` and `owner_id`."""

    async def told(session: AsyncSession, event: Any, _: Envelope) -> None:
        row = {
            "id": UUID(getattr(event, id)),
            "version": event.version,
            "owner_id": optional_id(event.owner_id),
        }
        await keep(session, RecordOwner, row)

    return dict.fromkeys(events, told)
