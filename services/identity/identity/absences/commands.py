"""What can happen to an absence."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid, LimitExceeded
from chassis.messaging.outbox import emit
from identity.absences import queries
from identity.absences.models import Absence
from identity.employees.models import Employee
from roundel.identity.v1 import identity_events_pb2 as events


async def plan_absence(
    session: AsyncSession,
    *,
    employee_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
    note: str = "",
) -> Employee:
    """Note that an employee is away for a time.

    Raises NotFound for an unknown employee, Conflict for one who left, Invalid for a time that is over or
    ends before it begins, and LimitExceeded when too many are planned.
    """
    if starts_at >= ends_at:
        raise Invalid("An absence ends after it begins", path=("input", "endsAt"))
    if ends_at <= at:
        raise Invalid("This absence is over; nothing can follow from it", path=("input", "endsAt"))
    employee = await fetch(session, Employee, employee_id)
    if not employee.active:
        raise Conflict(f"{employee.name} no longer works here", employeeId=str(employee_id))
    planned = await queries.not_over(session, employee_id, at=at)
    if len(planned) >= queries.MOST_PLANNED:
        raise LimitExceeded(f"{employee.name} has {len(planned)} absences planned; cancel one first")
    session.add(Absence(employee_id=employee_id, starts_at=starts_at, ends_at=ends_at, note=note.strip()))
    await _tell(session, employee, at=at)
    return employee


async def cancel_absence(
    session: AsyncSession, absence: Absence, *, at: datetime, expected_version: int | None = None
) -> Employee:
    """Forget an absence, or let one that has begun end now; raise Conflict for one that is over."""
    employee = await fetch(session, Employee, absence.employee_id)
    absence = await fetch(session, Absence, absence.id, expected_version=expected_version)
    if absence.ends_at <= at:
        raise Conflict("This absence is over", absenceId=str(absence.id))
    if absence.starts_at < at:
        absence.ends_at = at
    else:
        await session.delete(absence)
    await _tell(session, employee, at=at)
    return employee


async def _tell(session: AsyncSession, employee: Employee, *, at: datetime) -> None:
    employee.updated_at = now()  # which raises the version that orders what is told
    await session.flush()
    changed = events.AbsencesChanged(employee_id=str(employee.id), version=employee.version)
    changed.occurred_at.FromDatetime(at)
    for absence in await queries.not_over(session, employee.id, at=at):
        told = changed.absences.add()
        told.starts_at.FromDatetime(absence.starts_at)
        told.ends_at.FromDatetime(absence.ends_at)
    emit(session, changed, subject=employee.id)
