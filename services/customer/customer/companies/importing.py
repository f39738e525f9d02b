"""Many companies at once."""

from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.fields import values as fields
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.importing import DuplicatePolicy, ImportOutcome, ImportPayload, import_rows
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from customer.companies import commands, queries
from customer.companies.graphql import CustomerProfile
from customer.context import Info


@strawberry.input(description="One company of an import.")
class CustomerRow:
    name: str = strawberry.field(description="Legal full name.")
    profile: CustomerProfile = strawberry.field(description="What is known of it.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Companies to enter, at most 200 at a time.")
class ImportCustomersInput(Input):
    rows: list[CustomerRow] = strawberry.field(description="The companies.")
    duplicates: DuplicatePolicy = strawberry.field(
        default=DuplicatePolicy.SKIP, description="What to do with companies that are known already."
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would become of each row.")


@strawberry.type
class CustomerImport:
    @strawberry.mutation(
        extensions=[Granted("customer", "import")],
        description="Enter many companies; a refused row names its reason and leaves the others alone.",
    )
    async def import_customers(self, info: Info, input: ImportCustomersInput) -> ImportPayload:
        async def work(session: AsyncSession, row: CustomerRow) -> tuple[ImportOutcome, UUID]:
            return await _import(session, row, input.duplicates)

        return await import_rows(info.context, input, input.rows, work)


async def _import(
    session: AsyncSession, row: CustomerRow, duplicates: DuplicatePolicy
) -> tuple[ImportOutcome, UUID]:
    columns = row.profile.columns()
    known = await queries.customer_named(session, row.name)
    if known is None:
        created = await commands.register_customer(session, name=row.name, custom=row.custom, **columns)
        return ImportOutcome.CREATED, created.id
    if duplicates is DuplicatePolicy.SKIP:
        return ImportOutcome.SKIPPED, known.id
    changed = await commands.change_profile(session, known.id, expected_version=None, changes=columns)
    if row.custom:
        await fields.write(session, changed, row.custom)
    return ImportOutcome.UPDATED, known.id
