"""Many products at once."""

from datetime import date
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.fields import values as fields
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.importing import DuplicatePolicy, ImportOutcome, ImportPayload, import_rows
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import MoneyInput
from sales.context import Info
from sales.products import commands, queries


@strawberry.input(description="One product of an import.")
class ProductRow:
    sku: str = strawberry.field(description="Unique product number; makes repeats harmless.")
    name: str = strawberry.field(description="What it is called.")
    list_price: MoneyInput = strawberry.field(description="Its list price.")
    series: str | None = strawberry.field(default=None, description="Group of products.")
    valid_from: date | None = strawberry.field(
        default=None, description="First day of the price, if not today."
    )
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Products to enter, at most 200 at a time.")
class ImportProductsInput(Input):
    rows: list[ProductRow] = strawberry.field(description="The products.")
    duplicates: DuplicatePolicy = strawberry.field(
        default=DuplicatePolicy.SKIP, description="What to do with products that are known already."
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would become of each row.")


@strawberry.type
class ProductImport:
    @strawberry.mutation(
        extensions=[Granted("product", "import")],
        description="Enter many products; a refused row names its reason and leaves the others alone.",
    )
    async def import_products(self, info: Info, input: ImportProductsInput) -> ImportPayload:
        async def work(session: AsyncSession, row: ProductRow) -> tuple[ImportOutcome, UUID]:
            return await _import(session, row, input.duplicates)

        return await import_rows(info.context, input, input.rows, work)


async def _import(
    session: AsyncSession, row: ProductRow, duplicates: DuplicatePolicy
) -> tuple[ImportOutcome, UUID]:
    price = row.list_price.value()
    known = await queries.product_of_sku(session, row.sku)
    if known is None:
        created = await commands.list_product(
            session,
            sku=row.sku,
            name=row.name,
            list_price=price,
            series=row.series,
            valid_from=row.valid_from,
            custom=row.custom,
        )
        return ImportOutcome.CREATED, created.id
    if duplicates is DuplicatePolicy.SKIP:
        return ImportOutcome.SKIPPED, known.id
    await commands.change_product(session, known.id, name=row.name, series=row.series)
    product = await commands.set_price(session, known.id, list_price=price, valid_from=row.valid_from)
    if row.custom:
        await fields.write(session, product, row.custom)
    return ImportOutcome.UPDATED, known.id
