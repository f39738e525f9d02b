"""Reads of prospects."""

from collections.abc import Sequence

from sqlalchemy import any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from marketing.campaigns.models import Campaign
from marketing.prospects.models import Prospect

PROSPECTS = Listing(
    noun="prospect",
    table=Prospect.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Prospect.__table__.c},
    sorts=("captured_at", "company"),
    default=(("captured_at", "desc"),),
    owner="created_by",
    through=(("customer_id", owners_of("prospect")),),
    sensitive=("email", "phone"),
)

_prospect = Prospect.__table__.c
SOURCE_CAMPAIGNS = (  # of a customer's prospects, the first that a campaign brought
    select(Campaign.__table__, _prospect.customer_id)
    .join(Prospect.__table__, _prospect.campaign_id == Campaign.__table__.c.id)
    .where(_prospect.customer_id == any_(bindparam("keys", type_=ARRAY(UUID(as_uuid=True)))))
    .ext(distinct_on(_prospect.customer_id))
    .order_by(_prospect.customer_id, _prospect.captured_at, _prospect.id)
)


async def prospects_reached_by(
    session: AsyncSession, *, email: str | None, phone: str | None
) -> Sequence[Prospect]:
    """Return, locked, the prospect of this e-mail address, then that of this phone number (E.164)."""
    same = [Prospect.email == email] if email else []
    if phone:
        same.append(Prospect.phone == phone)
    found = await session.scalars(select(Prospect).where(or_(*same)).with_for_update())
    return sorted(found, key=lambda prospect: prospect.email != email)
