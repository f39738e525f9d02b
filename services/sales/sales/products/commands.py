"""What can happen to products and their prices."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.money import Money
from roundel.sales.v1 import sales_events_pb2 as events
from sales import wire
from sales.products import queries
from sales.products.models import Price, Product


async def list_product(
    session: AsyncSession,
    *,
    sku: str,
    name: str,
    list_price: Money,
    series: str | None = None,
    valid_from: date | None = None,
    custom: Sequence[Given] | None = None,
) -> Product:
    """Enter a product with its first list price; raises Conflict when the number is taken."""
    product = Product(sku=_text(sku, "sku"), name=_text(name, "name"), series=series)
    await fields.write(session, product, custom)
    try:
        async with session.begin_nested():
            session.add(product)
    except IntegrityError as error:
        raise Conflict(f"{sku} is the number of another product", path=("input", "sku")) from error
    await _put_price(session, product, list_price, valid_from)
    await _tell(session, product)
    return product


async def set_price(
    session: AsyncSession,
    id: UUID,
    *,
    list_price: Money,
    valid_from: date | None = None,
    expected_version: int | None = None,
) -> Product:
    """Change the list price from a day on; a price of the same day is replaced."""
    product = await fetch(session, Product, id, expected_version=expected_version)
    await _put_price(session, product, list_price, valid_from)
    product.updated_at = now()
    await session.flush()
    await _tell(session, product)
    return product


async def change_product(session: AsyncSession, id: UUID, *, name: str, series: str | None) -> Product:
    """Set what a product is called."""
    product = await fetch(session, Product, id)
    product.name, product.series = _text(name, "name"), series
    await session.flush()
    await _tell(session, product)
    return product


async def restore_prices(
    session: AsyncSession, product: Product, prices: Mapping[date, Money | None]
) -> None:
    """Set the list prices of these days as they were; None takes that day's off the list."""
    for day, price in prices.items():
        if price is not None:
            await _put_price(session, product, price, day)
        elif known := await session.get(Price, (product.id, day), with_for_update=True):
            await session.delete(known)
    product.updated_at = now()
    await session.flush()
    await _tell(session, product)


async def remove_product(session: AsyncSession, product: Product) -> None:
    """Take a product off the list that was entered by mistake, with its prices.

    Raises IntegrityError when an offer, a deal or a contract names it.
    """
    for price in await session.scalars(select(Price).where(Price.product_id == product.id)):
        await session.delete(price)
    await session.flush()
    await session.delete(product)
    await session.flush()
    removed = events.ProductRemoved(
        product_id=str(product.id), version=product.version + 1, sku=product.sku, name=product.name
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=product.id)


def _text(value: str, field: str) -> str:
    clean = " ".join(value.split())
    if not clean:
        raise Invalid(f"A product needs its {field}", path=("input", field))
    return clean


async def _put_price(session: AsyncSession, product: Product, price: Money, valid_from: date | None) -> None:
    price.not_negative("input", "listPrice")
    day = valid_from or now().date()
    known = await session.get(Price, (product.id, day), with_for_update=True)
    if known is None:
        session.add(
            Price(product_id=product.id, valid_from=day, amount=price.amount, currency=price.currency)
        )
    else:
        known.amount, known.currency = price.amount, price.currency
    await session.flush()


async def _tell(session: AsyncSession, product: Product) -> None:
    prices = await queries.list_prices(session, [product.id], now().date())
    price = prices.get(product.id)
    listed = events.ProductListed(
        product_id=str(product.id),
        version=product.version,
        sku=product.sku,
        name=product.name,
        series=wire.text(product.series),
        list_price=wire.money(price.amount, price.currency) if price else None,
    )
    listed.occurred_at.FromDatetime(product.updated_at)
    emit(session, listed, subject=product.id)
