"""Reads of working calendars."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from identity.calendars.models import Calendar

CALENDARS = Listing(
    noun="calendar",
    table=Calendar.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Calendar.__table__.c},
    sorts=("created_at", "name"),
    default=(("name", "asc"),),
    open=True,
)

DEFAULT = select(Calendar.__table__).where(Calendar.__table__.c.is_default)


async def one_at_a_time(session: AsyncSession) -> None:
    """Let others who choose the default wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("identity.calendars"))))


async def the_default(session: AsyncSession) -> Calendar | None:
    """Return the calendar that counts where none is named."""
    return await session.scalar(select(Calendar).where(Calendar.is_default))


async def named(session: AsyncSession, name: str) -> Calendar | None:
    """Return the calendar of this name."""
    return await session.scalar(select(Calendar).where(Calendar.name == name))
