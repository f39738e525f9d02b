"""Many employees at once."""

from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.fields import values as fields
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.importing import DuplicatePolicy, ImportOutcome, ImportPayload, import_rows
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from identity.context import Info
from identity.employees import commands, queries


@strawberry.input(description="One employee of an import.")
class EmployeeRow:
    name: str = strawberry.field(description="Full name.")
    email: str = strawberry.field(description="E-mail address; nobody else's, in any case.")
    team_id: UUID | None = strawberry.field(default=None, description="The team.")
    roles: list[str] = strawberry.field(default_factory=list, description="Names of roles.")
    external_id: str | None = strawberry.field(default=None, description="Id in the other system.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Employees to enter, at most 200 at a time.")
class ImportEmployeesInput(Input):
    rows: list[EmployeeRow] = strawberry.field(description="The employees.")
    duplicates: DuplicatePolicy = strawberry.field(
        default=DuplicatePolicy.SKIP,
        description="What to do with who is known by e-mail or external id; UPDATE sets team and roles.",
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would become of each row.")


@strawberry.type
class EmployeeImport:
    @strawberry.mutation(
        extensions=[Granted("employee", "import")],
        description="Enter many employees, without passwords; a refused row leaves the others alone.",
    )
    async def import_employees(self, info: Info, input: ImportEmployeesInput) -> ImportPayload:
        if any(row.roles for row in input.rows):
            info.context.principal.require("employee", "change_roles")

        async def work(session: AsyncSession, row: EmployeeRow) -> tuple[ImportOutcome, UUID]:
            return await _import(session, row, input.duplicates)

        return await import_rows(info.context, input, input.rows, work)


async def _import(
    session: AsyncSession, row: EmployeeRow, duplicates: DuplicatePolicy
) -> tuple[ImportOutcome, UUID]:
    known = await queries.known_as(session, commands.email_address(row.email), row.external_id)
    if known is None:
        created = await commands.register_employee(
            session,
            email=row.email,
            name=row.name,
            team_id=row.team_id,
            roles=row.roles,
            external_id=row.external_id,
            custom=row.custom,
        )
        return ImportOutcome.CREATED, created.id
    if duplicates is DuplicatePolicy.SKIP:
        return ImportOutcome.SKIPPED, known.id
    if row.team_id and known.team_id != row.team_id:
        await commands.move_employee(session, known.id, team_id=row.team_id)
    if row.roles and known.roles != sorted(set(row.roles)):
        await commands.change_roles(session, known.id, roles=row.roles)
    if row.custom:
        await fields.write(session, known, row.custom)
    return ImportOutcome.UPDATED, known.id
