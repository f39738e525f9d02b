"""What the customer service tells of merges."""

from typing import Any
from uuid import UUID, uuid4

from chassis.database import now
from roundel.customer.v1 import customer_events_pb2 as events


def merge_of(
    winner: UUID | str, loser: UUID | str
) -> tuple[events.CustomersMerged, events.CustomersUnmerged]:
    """Return the events of a merge and of its end."""
    told: dict[str, Any] = {
        "merge_id": str(uuid4()),
        "version": 2,
        "customer_id": str(winner),
        "loser_id": str(loser),
        "loser_name": "上海式例科技有限公司",
    }
    merged, unmerged = events.CustomersMerged(**told), events.CustomersUnmerged(**told)
    for event in (merged, unmerged):
        event.occurred_at.FromDatetime(now())
    return merged, unmerged


def contact_merge_of(
    winner: UUID | str, loser: UUID | str
) -> tuple[events.ContactsMerged, events.ContactsUnmerged]:
    """Return the events of a merge of contacts and of its end."""
    told: dict[str, Any] = {"merge_id": str(uuid4()), "version": 2, "loser_id": str(loser)}
    return events.ContactsMerged(**told, contact_id=str(winner)), events.ContactsUnmerged(
        **told, contact_id=str(winner)
    )
