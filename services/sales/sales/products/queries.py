"""Reads of products and the price list."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.listing import Listing
from chassis.money import Money
from sales.products.models import Price, Product

PRODUCTS = Listing(
    noun="product",
    table=Product.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Product.__table__.c},
    sorts=("name", "sku", "created_at"),
    default=(("name", "asc"),),
    open=True,
)

PRICES_OF_PRODUCTS = (
    select(Price.__table__)
    .where(Price.product_id == any_(bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))))
    .order_by(Price.product_id, Price.valid_from)
)


async def product_of_sku(session: AsyncSession, sku: str) -> Product | None:
    """Return the product of this number."""
    return await session.scalar(select(Product).where(Product.sku == sku))


async def products_known(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the ids that are products."""
    wanted = list(ids)
    if not wanted:
        return set()
    return set(await session.scalars(select(Product.id).where(Product.id.in_(wanted))))


async def require_products(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Raise NotFound unless all of the ids are products."""
    wanted = set(ids)
    for id in wanted - await products_known(session, wanted):
        raise NotFound(f"There is no product {id}", path=("input", "productId"), id=str(id))


async def price_lists(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, Mapping[date, Money]]:
    """Return all list prices of products, by the day from which on they hold."""
    found: dict[UUID, dict[date, Money]] = {}
    for price in await session.scalars(select(Price).where(Price.product_id.in_(list(ids)))):
        found.setdefault(price.product_id, {})[price.valid_from] = Money(price.amount, price.currency)
    return found


async def list_prices(session: AsyncSession, ids: Iterable[UUID], on: date) -> Mapping[UUID, Money]:
    """Return the list prices of a day; products without one that day are left out."""
    query = (
        select(Price)
        .where(Price.product_id.in_(list(ids)), Price.valid_from <= on)
        .order_by(Price.product_id, Price.valid_from.desc())
        .ext(distinct_on(Price.product_id))
    )
    return {price.product_id: Money(price.amount, price.currency) for price in await session.scalars(query)}
