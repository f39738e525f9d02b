"""Employees in the graph."""

from dataclasses import replace
from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import (
    BooleanFilter,
    IdFilter,
    SortBy,
    TagsFilter,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted, SignedIn
from chassis.listing import Page
from chassis.searching.asking import Search
from identity.context import Info
from identity.employees import commands
from identity.employees.passwords import hash_password
from identity.employees.queries import EMPLOYEES
from identity.people import Employee
from identity.sessions.signing_in import prove_identity
from roundel.identity.v1 import identity_events_pb2 as events


@strawberry.input(description="Which employees; everything given must hold.")
class EmployeeFilter:
    id: IdFilter | None = None
    name: TextFilter | None = None
    email: TextFilter | None = None
    team_id: IdFilter | None = None
    roles: TagsFilter | None = None
    active: BooleanFilter | None = None
    external_id: TextFilter | None = None
    and_: list["EmployeeFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["EmployeeFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "EmployeeFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What employees can be sorted by.")
class EmployeeSort(Enum):
    NAME = "name_sort"
    EMAIL = "email"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of employees.")
class EmployeeOrder:
    by: EmployeeSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class EmployeeQueries:
    @strawberry.field(extensions=[SignedIn()], description="Who is asking; null for a service account.")
    async def me(self, info: Info) -> Employee | None:
        row = await info.context.load(EMPLOYEES, info.context.principal.id)
        return Employee.of(row) if row else None

    @strawberry.field(extensions=[Granted("employee", "read")], description="One employee.")
    async def employee(self, info: Info, id: UUID) -> Employee | None:
        row = await info.context.load(EMPLOYEES, id)
        return Employee.of(row) if row else None

    @strawberry.field(extensions=[Granted("employee", "read")], description="Employees, newest first.")
    async def employees(
        self,
        info: Info,
        filter: EmployeeFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: EmployeeOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Employee]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, EMPLOYEES), order, search)
        return await info.context.page(EMPLOYEES, page, Employee.of)


@strawberry.input(description="Somebody who works here from now on.")
class RegisterEmployeeInput(Input):
    email: str = strawberry.field(description="E-mail address; nobody else's, in any case.")
    name: str = strawberry.field(description="Full name.")
    password: str | None = strawberry.field(default=None, description="Without one, no sign-in yet.")
    team_id: UUID | None = strawberry.field(default=None, description="The team.")
    roles: list[str] = strawberry.field(
        default_factory=list, description="Names of roles; giving any takes the grant employee:change_roles."
    )
    external_id: str | None = strawberry.field(default=None, description="Id in another system.")
    at: datetime | None = strawberry.field(default=None, description="Since when, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="A change of team.")
class MoveEmployeeInput(ChangeInput):
    id: UUID = strawberry.field(description="Which employee.")
    team_id: UUID | None = strawberry.field(default=None, description="The new team; none: out of all teams.")


@strawberry.input(description="A change of roles.")
class ChangeRolesInput(ChangeInput):
    id: UUID = strawberry.field(description="Which employee.")
    roles: list[str] = strawberry.field(description="All roles from now on.")


@strawberry.input(description="Somebody who no longer works here.")
class DeactivateEmployeeInput(ChangeInput):
    id: UUID = strawberry.field(description="Which employee.")
    reason: str = strawberry.field(default="", description="Why.")


@strawberry.input(description="Somebody who works here again.")
class ReactivateEmployeeInput(ChangeInput):
    id: UUID = strawberry.field(description="Which employee.")


@strawberry.input(description="When an employee works.")
class SetEmployeeCalendarInput(ChangeInput):
    id: UUID = strawberry.field(description="Which employee.")
    calendar_id: UUID | None = strawberry.field(
        default=None, description="The working calendar; none: that of the team."
    )


@strawberry.input(description="A new password; repeated, it is simply set again.")
class SetPasswordInput:
    id: UUID = strawberry.field(description="Which employee.")
    password: str = strawberry.field(description="The new password, 8 to 200 characters.")
    current_password: str | None = strawberry.field(
        default=None, description="The present one; needed to change one's own."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version you read; a newer one is a CONFLICT."
    )


@strawberry.type(description="The employee as it is now.")
class EmployeePayload:
    employee: Employee = strawberry.field(description="The employee.")


@strawberry.type
class EmployeeMutations:
    @strawberry.mutation(extensions=[Granted("employee", "create")], description="Enter a new employee.")
    async def register_employee(self, info: Info, input: RegisterEmployeeInput) -> EmployeePayload:
        if input.roles:
            info.context.principal.require("employee", "change_roles")
        password_hash = await hash_password(input.password) if input.password is not None else None
        row = await info.context.change(
            replace(input, password=None),  # not even a digest of it may be kept with the idempotency key
            lambda session: commands.register_employee(
                session,
                email=input.email,
                name=input.name,
                team_id=input.team_id,
                roles=input.roles,
                password_hash=password_hash,
                external_id=input.external_id,
                at=input.at,
                custom=input.custom,
            ),
        )
        return EmployeePayload(employee=Employee.of(row))

    @strawberry.mutation(extensions=[Granted("employee", "update")], description="Change the team.")
    async def move_employee(self, info: Info, input: MoveEmployeeInput) -> EmployeePayload:
        row = await info.context.change(
            input,
            lambda session: commands.move_employee(
                session, input.id, team_id=input.team_id, expected_version=input.expected_version
            ),
        )
        return EmployeePayload(employee=Employee.of(row))

    @strawberry.mutation(
        extensions=[Granted("employee", "change_roles")],
        description="Change what an employee may do, at once.",
    )
    async def change_roles(self, info: Info, input: ChangeRolesInput) -> EmployeePayload:
        row = await info.context.change(
            input,
            lambda session: commands.change_roles(
                session, input.id, roles=input.roles, expected_version=input.expected_version
            ),
        )
        return EmployeePayload(employee=Employee.of(row))

    @strawberry.mutation(
        extensions=[Granted("employee", "deactivate")],
        description="No sign-in and no assignments from now on; sessions and API keys end.",
    )
    async def deactivate_employee(self, info: Info, input: DeactivateEmployeeInput) -> EmployeePayload:
        row = await info.context.change(
            input,
            lambda session: commands.deactivate_employee(
                session, input.id, reason=input.reason, expected_version=input.expected_version
            ),
        )
        return EmployeePayload(employee=Employee.of(row))

    @strawberry.mutation(
        extensions=[Granted("employee", "deactivate")],
        description="Let somebody who left work here again, with the team, roles and password of before.",
    )
    async def reactivate_employee(self, info: Info, input: ReactivateEmployeeInput) -> EmployeePayload:
        row = await info.context.change(
            input,
            lambda session: commands.reactivate_employee(
                session, input.id, expected_version=input.expected_version
            ),
        )
        return EmployeePayload(employee=Employee.of(row))

    @strawberry.mutation(
        extensions=[Granted("employee", "update")], description="Say by which calendar an employee works."
    )
    async def set_employee_calendar(self, info: Info, input: SetEmployeeCalendarInput) -> EmployeePayload:
        row = await info.context.change(
            input,
            lambda session: commands.set_calendar(
                session, input.id, calendar_id=input.calendar_id, expected_version=input.expected_version
            ),
        )
        return EmployeePayload(employee=Employee.of(row))

    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Change one's own password, or with employee:set_password somebody else's; sessions end.",
    )
    async def set_password(self, info: Info, input: SetPasswordInput) -> EmployeePayload:
        context = info.context
        if input.id == context.principal.id:
            row = await context.load(EMPLOYEES, input.id)
            await prove_identity(
                context.database,
                email=row.email if row else "",
                password=input.current_password or "",
                at=context.now(),
            )
        else:
            context.principal.require("employee", "set_password")
        password_hash = await hash_password(input.password)
        async with context.database.transaction() as session:
            changed = await commands.set_password(
                session, input.id, password_hash=password_hash, expected_version=input.expected_version
            )
        return EmployeePayload(employee=Employee.of(changed))


@strawberry.type
class EmployeeSubscriptions:
    employee_changed: Employee = changed(
        Granted("employee", "read"),
        events.EmployeeRegistered,
        events.EmployeeMoved,
        events.RolesChanged,
        events.EmployeeDeactivated,
        events.EmployeeReactivated,
        events.AbsencesChanged,
        description="An employee, whenever it changes.",
    )
