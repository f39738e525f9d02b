"""Absences in the graph; they are read as fields of their employee."""

from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import SignedIn
from identity.absences import commands
from identity.absences.models import Absence
from identity.context import Info
from identity.employees.models import Employee as EmployeeRow
from identity.people import Employee

OTHERS = ("employee", "update")


@strawberry.input(description="A time in which an employee is away.")
class PlanAbsenceInput(Input):
    employee_id: UUID = strawberry.field(description="Who; others than oneself take employee:update.")
    starts_at: datetime = strawberry.field(description="From when on.")
    ends_at: datetime = strawberry.field(description="Until when.")
    note: str = strawberry.field(default="", description="Why, for colleagues to read.")


@strawberry.input(description="An absence that is not to be, or that ends now.")
class CancelAbsenceInput(ChangeInput):
    id: UUID = strawberry.field(description="Which absence.")


@strawberry.type(description="The employee whose absences changed.")
class AbsencePayload:
    employee: Employee = strawberry.field(description="The employee as it is now.")


@strawberry.type
class AbsenceMutations:
    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Say when one is away, or with employee:update somebody else; nothing is assigned then.",
    )
    async def plan_absence(self, info: Info, input: PlanAbsenceInput) -> AbsencePayload:
        _check(info, input.employee_id)
        row = await info.context.change(
            input,
            lambda session: commands.plan_absence(
                session,
                employee_id=input.employee_id,
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                note=input.note,
                at=info.context.now(),
            ),
        )
        return AbsencePayload(employee=Employee.of(row))

    @strawberry.mutation(
        extensions=[SignedIn()], description="Forget a coming absence, or let a present one end now."
    )
    async def cancel_absence(self, info: Info, input: CancelAbsenceInput) -> AbsencePayload:
        async def cancel(session: AsyncSession) -> EmployeeRow:
            absence = await fetch(session, Absence, input.id)
            _check(info, absence.employee_id)
            return await commands.cancel_absence(
                session, absence, at=info.context.now(), expected_version=input.expected_version
            )

        return AbsencePayload(employee=Employee.of(await info.context.change(input, cancel)))


def _check(info: Info, employee_id: UUID) -> None:
    if employee_id != info.context.principal.id:
        info.context.principal.require(*OTHERS)
