"""Events out: a row in the transaction of the change, published by the relay after the commit."""

from uuid import UUID

import orjson
from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access, telemetry
from chassis.audit.context import carried
from chassis.errors import LimitExceeded
from chassis.messaging.models import OutboxEvent
from chassis.protojson.printing import to_dict

LARGEST = 512 * 1024  # NATS refuses messages over 1 MiB, and one refused would hold up all that follow


def emit(session: AsyncSession, event: Message, *, subject: UUID) -> None:
    """Tell the other services, if and when this transaction commits."""
    type = event.DESCRIPTOR.full_name
    data = to_dict(event)
    if (size := len(orjson.dumps(data))) > LARGEST:
        raise LimitExceeded(f"{type} of {subject} has {size} bytes; an event carries at most {LARGEST}")
    headers = telemetry.inject() | carried()
    if actor := access.actor_id():
        headers["ce-actor"] = str(actor)
    session.info["tells"] = True
    session.add(OutboxEvent(type=type, subject=str(subject), data=data, headers=headers))
