"""What can happen to a quote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import DomainError, Invalid, NotFound
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.money import Money
from roundel.sales.v1 import sales_events_pb2 as events
from sales import wire
from sales.opportunities.commands import record_evidence
from sales.opportunities.models import Opportunity
from sales.products.models import Product
from sales.products.queries import list_prices
from sales.quotes import queries
from sales.quotes.models import Quote, QuoteLine, QuoteStatus
from sales.quotes.pricing import Priced, overall_discount, price_line

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be offered; at the list price unless a price is given."""

    product_id: UUID
    quantity: Decimal
    unit_price: Money | None = None
    discount_percent: Decimal = Decimal(0)


async def create_quote(
    session: AsyncSession,
    *,
    opportunity_id: UUID,
    items: Sequence[Item],
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
) -> Quote:
    """Offer products for an open opportunity, priced by the list of the day.

    Raises Invalid with the line's place for what cannot be offered, also for mixed currencies.
    """
    opportunity = await fetch(session, Opportunity, opportunity_id)
    opportunity.require_open()
    if not 1 <= len(items) <= MOST_LINES:
        raise Invalid(f"A quote has 1 to {MOST_LINES} lines", path=("input", "lines"))
    offered_at = at or now()
    lines, currency = await _lines(session, items, offered_at.date())
    figures = [Priced(rounded_list, line.total) for line, rounded_list in lines]
    quote = Quote(
        number=await queries.next_number(session, offered_at.year),
        opportunity_id=opportunity_id,
        customer_id=opportunity.customer_id,
        owner_id=opportunity.owner_id,
        quoted_on=offered_at.date(),
        list_total=sum((figure.list_total for figure in figures), Decimal(0)),
        total=sum((figure.total for figure in figures), Decimal(0)),
        currency=currency,
        discount_percent=overall_discount(figures),
        created_at=offered_at,
    )
    await fields.write(session, quote, custom)
    session.add(quote)
    await session.flush()
    for line, _ in lines:
        line.quote_id = quote.id
        session.add(line)
    await session.flush()
    return quote


async def discard_quote(session: AsyncSession, quote: Quote) -> None:
    """Throw a quote away that no customer saw; raises Conflict once it was submitted."""
    quote.require(QuoteStatus.DRAFT)
    for line in await queries.lines_of(session, quote.id):
        await session.delete(line)
    await session.flush()
    await session.delete(quote)


async def submit_quote(
    session: AsyncSession, id: UUID, *, expected_version: int | None = None, at: datetime | None = None
) -> Quote:
    """Hand a quote to the customer, which is evidence for its opportunity."""
    quote = await fetch(session, Quote, id, expected_version=expected_version)
    quote.require(QuoteStatus.DRAFT)
    quote.status = QuoteStatus.SUBMITTED
    await record_evidence(
        session, quote.opportunity_id, evidence={"quote_submitted": True, "quote_number": quote.number}
    )
    submitted = events.QuoteSubmitted(
        quote_id=str(quote.id),
        version=quote.version,
        number=quote.number,
        customer_id=wire.text(quote.customer_id),
        opportunity_id=str(quote.opportunity_id),
        owner_id=wire.text(quote.owner_id),
        total=wire.money(quote.total, quote.currency),
        discount_percent=f"{quote.discount_percent:f}",
    )
    submitted.occurred_at.FromDatetime(at or now())
    emit(session, submitted, subject=quote.id)
    return quote


async def accept_quote(
    session: AsyncSession, id: UUID, *, expected_version: int | None = None, at: datetime | None = None
) -> Quote:
    """Note that the customer agrees, and so with the main terms."""
    quote = await fetch(session, Quote, id, expected_version=expected_version)
    quote.require(QuoteStatus.SUBMITTED)
    quote.status = QuoteStatus.ACCEPTED
    await record_evidence(session, quote.opportunity_id, evidence={"terms_agreed": True})
    accepted = events.QuoteAccepted(
        quote_id=str(quote.id),
        version=quote.version,
        number=quote.number,
        customer_id=wire.text(quote.customer_id),
        opportunity_id=str(quote.opportunity_id),
        total=wire.money(quote.total, quote.currency),
    )
    accepted.occurred_at.FromDatetime(at or now())
    emit(session, accepted, subject=quote.id)
    return quote


async def _lines(
    session: AsyncSession, items: Sequence[Item], on: date
) -> tuple[list[tuple[QuoteLine, Decimal]], str]:
    """Return the lines with what each lists for, and their one currency."""
    ids = {item.product_id for item in items}
    products = {row.id: row for row in await session.scalars(select(Product).where(Product.id.in_(ids)))}
    prices = await list_prices(session, ids, on)
    lines = []
    currencies = set()
    for place, item in enumerate(items):
        try:
            list_price = prices.get(item.product_id) or item.unit_price
            if item.product_id not in products:
                raise NotFound(f"There is no product {item.product_id}", path=("productId",))
            product = products[item.product_id]
            if list_price is None:
                raise Invalid(f"{product.name} has no list price on {on}", path=("unitPrice",))
            unit_price = item.unit_price or list_price
            priced = price_line(item.quantity, list_price, unit_price, item.discount_percent)
        except DomainError as error:
            error.path = ("input", "lines", place, *error.path)
            raise
        currencies.add(list_price.currency)
        line = QuoteLine(
            position=place + 1,
            product_id=product.id,
            description=product.name,
            quantity=item.quantity,
            list_price=list_price.amount,
            unit_price=unit_price.amount,
            discount_percent=item.discount_percent,
            total=priced.total,
        )
        lines.append((line, priced.list_total))
    if len(currencies) > 1:
        raise Invalid(
            f"A quote has one currency, not {' and '.join(sorted(currencies))}", path=("input", "lines")
        )
    return lines, currencies.pop()
