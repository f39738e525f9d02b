"""What this service does when others tell something."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from marketing.prospects.commands import convert_prospect
from roundel.sales.v1 import sales_events_pb2 as sales


async def lead_converted(session: AsyncSession, event: sales.LeadConverted, _: Envelope) -> None:
    """The prospect behind a converted lead is a customer now; not every lead came from a prospect."""
    if event.prospect_id:
        await convert_prospect(session, UUID(event.prospect_id), customer_id=UUID(event.customer_id))


HANDLERS: Handlers = {sales.LeadConverted: lead_converted}
