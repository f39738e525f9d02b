"""CloudEvents 1.0 in NATS headers (binary mode)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

MESSAGE_ID = "Nats-Msg-Id"  # by which the stream drops what it has already


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of an event besides its data."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    actor: UUID | None = None
    traceparent: str | None = None
    cause: str | None = None

    def to_headers(self) -> dict[str, str]:
        """Return the NATS headers that say what event it is; who, why and the trace are in the outbox."""
        return {
            MESSAGE_ID: str(self.id),
            "ce-specversion": "1.0",
            "ce-id": str(self.id),
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-subject": self.subject,
            "ce-time": self.time.isoformat(),
        }

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Self:
        """Read the headers; raises ValueError when they are not those of a CloudEvent."""
        try:
            actor = headers.get("ce-actor")
            return cls(
                id=UUID(headers["ce-id"]),
                type=headers["ce-type"],
                source=headers["ce-source"],
                subject=headers["ce-subject"],
                time=datetime.fromisoformat(headers["ce-time"]),
                actor=UUID(actor) if actor else None,
                traceparent=headers.get("traceparent"),
                cause=headers.get("ce-cause"),
            )
        except KeyError as error:
            raise ValueError(f"The message lacks the header {error}, so it is no CloudEvent") from None
