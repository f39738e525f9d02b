"""Reads of absences."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from identity.absences.models import Absence

MOST_PLANNED = 100

_TABLE = Absence.__table__

ABSENCES = Listing(
    noun="employee",
    table=_TABLE,  # type: ignore[arg-type]
    fields={column.key: column for column in _TABLE.c},
    sorts=("starts_at",),
    default=(("starts_at", "desc"),),
    owner="employee_id",
)

_KEYS = bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))
NOT_OVER = select(_TABLE).where(_TABLE.c.employee_id == any_(_KEYS), _TABLE.c.ends_at > func.now())


async def not_over(session: AsyncSession, employee_id: UUID, *, at: datetime) -> Sequence[Absence]:
    """Return the present and coming absences of an employee, the first ones first."""
    mine = select(Absence).where(Absence.employee_id == employee_id, Absence.ends_at > at)
    return (await session.scalars(mine.order_by(Absence.starts_at))).all()
