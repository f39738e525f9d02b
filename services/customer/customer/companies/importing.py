"""Many companies at once."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning.companies import name_key
from chassis.errors import DomainError
from chassis.fields import values as fields
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.importing import (
    DuplicatePolicy,
    ImportOutcome,
    ImportPayload,
    Result,
    import_row,
    import_together,
)
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.importing.importable import together
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
        async def work(session: AsyncSession) -> list[Result]:
            return await _import_all(session, input.rows, input.duplicates)

        return await import_together(info.context, input, len(input.rows), work)


async def _import_all(
    session: AsyncSession, rows: Sequence[CustomerRow], duplicates: DuplicatePolicy
) -> list[Result]:
    """Enter the new companies by a few statements, then take the others one by one."""
    known, _ = await queries.customers_like(session, [row.name for row in rows])
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        first.setdefault(name_key(row.name), place)
    new: dict[int, dict[str, Any]] = {}
    results: dict[int, Result] = {}
    for place in (place for key, place in first.items() if key not in known):
        row = rows[place]
        try:
            new[place] = {"name": row.name, "custom": row.custom, **row.profile.columns()}
        except DomainError as error:
            results[place] = error
    for place, made in zip(new, await _register(session, list(new.values())), strict=True):
        results[place] = made if isinstance(made, DomainError) else (ImportOutcome.CREATED, made.id)
    for place, row in enumerate(rows):
        if place not in results:
            results[place] = await import_row(session, row, partial(_import, duplicates=duplicates))
    return [results[place] for place in range(len(rows))]


_register = together(commands.register_customers)


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
