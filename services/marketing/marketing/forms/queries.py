"""Reads of intake forms."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from marketing.forms.models import IntakeForm

FORMS = Listing(
    noun="intake_form",
    table=IntakeForm.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in IntakeForm.__table__.c},
    sorts=("created_at", "key", "title"),
    open=True,
)

PUBLISHED = select(IntakeForm.__table__).where(
    IntakeForm.__table__.c.key == bindparam("key"), IntakeForm.__table__.c.published
)


async def published_form(session: AsyncSession, key: str) -> IntakeForm | None:
    """Return the form of this key, if it is on the web."""
    return await session.scalar(select(IntakeForm).where(IntakeForm.key == key, IntakeForm.published))
