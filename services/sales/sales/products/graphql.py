"""Products in the graph."""

from datetime import date
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised, CustomValueInput, entered
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import IdFilter, SortBy, TextFilter, Where, condition, ordered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money, MoneyInput
from chassis.listing import Page
from chassis.searching.asking import Search
from sales.context import Info
from sales.products import commands
from sales.products.queries import PRICES_OF_PRODUCTS, PRODUCTS
from sales.trail import TRAIL


@strawberry.type(description="A line of the price list.")
class Price:
    valid_from: date = strawberry.field(description="First day of this price.")
    list_price: Money = strawberry.field(description="The price.")


@strawberry.federation.type(keys=["id"], description="Something we sell.")
class Product(Customised):
    fields_of = "product"
    id: UUID = strawberry.field(description="Id of the product.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    sku: str = strawberry.field(description="Unique product number.")
    name: str = strawberry.field(description="What it is called.")
    series: str | None = strawberry.field(description="Group of products.")
    history = TRAIL.history(PRODUCTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(id=row.id, version=row.version, sku=row.sku, name=row.name, series=row.series, record=row)

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the product that another subgraph points to."""
        row = await info.context.load(PRODUCTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The price list of this product, oldest first.")
    async def prices(self, info: Info) -> list[Price]:
        rows = await info.context.rows(PRICES_OF_PRODUCTS, self.id, by="product_id", listing=PRODUCTS)
        return [
            Price(valid_from=row.valid_from, list_price=Money(amount=row.amount, currency=row.currency))
            for row in rows
        ]

    @strawberry.field(description="The list price of a day, today's if none is named.")
    async def list_price(self, info: Info, on: date | None = None) -> Money | None:
        day = on or info.context.clock().date()
        rows = await info.context.rows(PRICES_OF_PRODUCTS, self.id, by="product_id", listing=PRODUCTS)
        valid = [row for row in rows if row.valid_from <= day]
        return Money.of(valid[-1].amount, valid[-1].currency) if valid else None


@strawberry.input(description="Which products; everything given must hold.")
class ProductFilter:
    id: IdFilter | None = None
    sku: TextFilter | None = None
    name: TextFilter | None = None
    series: TextFilter | None = None


@strawberry.enum(description="What products can be sorted by.")
class ProductSort(Enum):
    NAME = "name"
    SKU = "sku"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of products.")
class ProductOrder:
    by: ProductSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ProductQueries:
    @strawberry.field(extensions=[Granted("product", "read")], description="One product.")
    async def product(self, info: Info, id: UUID) -> Product | None:
        row = await info.context.load(PRODUCTS, id)
        return Product.of(row) if row else None

    @strawberry.field(extensions=[Granted("product", "read")], description="Products, by name.")
    async def products(
        self,
        info: Info,
        filter: ProductFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: ProductOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Product]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, PRODUCTS), order, search)
        return await info.context.page(PRODUCTS, page, Product.of)


@strawberry.input(description="A product to enter.")
class CreateProductInput(Input):
    sku: str = strawberry.field(description="Unique product number.")
    name: str = strawberry.field(description="What it is called.")
    list_price: MoneyInput = strawberry.field(description="Its list price.")
    series: str | None = strawberry.field(default=None, description="Group of products.")
    valid_from: date | None = strawberry.field(
        default=None, description="First day of the price, if not today."
    )
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="A price from a day on.")
class SetProductPriceInput(ChangeInput):
    id: UUID = strawberry.field(description="Which product.")
    list_price: MoneyInput = strawberry.field(description="The price.")
    valid_from: date | None = strawberry.field(
        default=None, description="First day of the price, if not today."
    )


@strawberry.type(description="The product as it is now.")
class ProductPayload:
    product: Product = strawberry.field(description="The product.")


@strawberry.type
class ProductMutations:
    @strawberry.mutation(extensions=[Granted("product", "create")], description="Enter a product.")
    async def create_product(self, info: Info, input: CreateProductInput) -> ProductPayload:
        price = input.list_price.value()
        row = await info.context.change(
            input,
            lambda session: commands.list_product(
                session,
                sku=input.sku,
                name=input.name,
                list_price=price,
                series=input.series,
                valid_from=input.valid_from,
                custom=input.custom,
            ),
        )
        return ProductPayload(product=Product.of(row))

    @strawberry.mutation(
        extensions=[Granted("product", "update")], description="Change the price from a day on."
    )
    async def set_product_price(self, info: Info, input: SetProductPriceInput) -> ProductPayload:
        price = input.list_price.value()
        row = await info.context.change(
            input,
            lambda session: commands.set_price(
                session,
                input.id,
                list_price=price,
                valid_from=input.valid_from,
                expected_version=input.expected_version,
            ),
        )
        return ProductPayload(product=Product.of(row))
