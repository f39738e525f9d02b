"""What can happen to a contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.money import Money
from sales import wire
from sales.contracts import events, queries
from sales.contracts.activation import begin_activation
from sales.contracts.instalments import DAYS_TO_PAY, Share, split
from sales.contracts.models import Contract, ContractLine, ContractStatus, Instalment
from sales.known.queries import customer_name
from sales.opportunities.commands import note_signature
from sales.opportunities.models import Opportunity
from sales.products.queries import require_products
from sales.quotes.models import Quote, QuoteStatus
from sales.quotes.queries import lines_of as lines_of_quote

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be delivered for how much."""

    description: str
    amount: Money
    quantity: Decimal = Decimal(1)
    product_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says besides its lines."""

    title: str | None = None
    shares: Sequence[Share] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    at: datetime | None = None
    custom: Sequence[Given] | None = None


async def draft_from_quote(session: AsyncSession, quote_id: UUID, *, terms: Terms) -> Contract:
    """Write the contract over an accepted quote; raises Conflict for a second one or without customer."""
    quote = await fetch(session, Quote, quote_id)
    quote.require(QuoteStatus.ACCEPTED)
    opportunity = await fetch(session, Opportunity, quote.opportunity_id)
    opportunity.require_open()
    if opportunity.customer_id is None:
        raise Conflict(f"{opportunity.name} has no customer to agree with", path=("input", "quoteId"))
    items = [
        Item(line.description, Money(line.total, quote.currency), line.quantity, line.product_id)
        for line in await lines_of_quote(session, quote_id)
    ]
    contract = Contract(
        title=opportunity.name,
        customer_id=opportunity.customer_id,
        opportunity_id=opportunity.id,
        quote_id=quote.id,
        owner_id=quote.owner_id,
    )
    return await _draft(session, contract, items, terms)


async def draft_freely(
    session: AsyncSession,
    *,
    customer_id: UUID,
    items: Sequence[Item],
    terms: Terms,
    opportunity_id: UUID | None = None,
    owner_id: UUID | None = None,
) -> Contract:
    """Write a contract line by line; raises Conflict when its opportunity is another customer's."""
    if opportunity_id is not None:
        opportunity = await fetch(session, Opportunity, opportunity_id)
        opportunity.require_open()
        if opportunity.customer_id != customer_id:
            raise Conflict(
                f"{opportunity.name} is not a deal with this customer", path=("input", "opportunityId")
            )
    await require_products(session, [item.product_id for item in items if item.product_id])
    contract = Contract(
        title=items[0].description if items else "",
        customer_id=customer_id,
        opportunity_id=opportunity_id,
        owner_id=owner_id,
    )
    return await _draft(session, contract, items, terms)


async def discard_contract(session: AsyncSession, contract: Contract) -> None:
    """Throw a draft away; raises Conflict once it was signed."""
    contract.require_draft()
    lines = await queries.lines_of(session, contract.id)
    for part in (*lines, *await queries.instalments_of(session, contract.id)):
        await session.delete(part)
    await session.flush()
    await session.delete(contract)


async def sign_contract(
    session: AsyncSession,
    id: UUID,
    *,
    present: datetime,
    signed_on: date | None = None,
    expected_version: int | None = None,
) -> Contract:
    """Seal a contract whose credit finance granted, and set project and finance to work.

    Raises Conflict when it is signed already and Invalid for a day to come.
    """
    contract = await fetch(session, Contract, id, expected_version=expected_version)
    contract.require_draft()
    day = signed_on or present.date()
    if day > present.date():
        raise Invalid(f"{day} is not yet; sign on the day itself", path=("input", "signedOn"))
    signed_at = wire.moment(day, present)
    contract.customer_name = await customer_name(session, contract.customer_id)
    contract.status = ContractStatus.SIGNED
    contract.signed_on = day
    contract.starts_on = contract.starts_on or day
    instalments = await queries.instalments_of(session, id)
    for part in instalments:
        part.due_on = part.due_on or day + timedelta(days=DAYS_TO_PAY)
    await session.flush()
    lines = await queries.lines_of(session, id)
    emit(session, events.signed(contract, lines, instalments, at=signed_at), subject=contract.id)
    begin_activation(session, contract, present=present)
    if contract.opportunity_id is not None:
        await note_signature(session, contract.opportunity_id, contract_id=contract.id, at=signed_at)
    return contract


async def _draft(session: AsyncSession, contract: Contract, items: Sequence[Item], terms: Terms) -> Contract:
    """Complete a contract with its lines and instalments."""
    total = _total(items)
    if terms.starts_on and terms.ends_on and terms.ends_on < terms.starts_on:
        raise Invalid("A contract cannot end before it starts", path=("input", "endsOn"))
    drafted_at = terms.at or now()
    contract.number = await queries.next_number(session, drafted_at.year)
    contract.title = (terms.title or contract.title).strip()
    contract.total, contract.currency = total.amount, total.currency
    contract.starts_on, contract.ends_on = terms.starts_on, terms.ends_on
    contract.created_at = drafted_at
    parts = split(total, terms.shares)
    await fields.write(session, contract, terms.custom)
    try:
        async with session.begin_nested():
            session.add(contract)
    except IntegrityError as error:
        raise Conflict("This quote has its contract already", path=("input", "quoteId")) from error
    session.add_all(
        ContractLine(
            contract_id=contract.id,
            position=position,
            product_id=item.product_id,
            description=item.description.strip(),
            quantity=item.quantity,
            amount=item.amount.amount,
        )
        for position, item in enumerate(items, start=1)
    )
    session.add_all(
        Instalment(
            contract_id=contract.id,
            position=position,
            name=part.name,
            amount=part.amount,
            due_on=part.due_on,
        )
        for position, part in enumerate(parts, start=1)
    )
    return contract


def _total(items: Sequence[Item]) -> Money:
    """Return the sum of the lines; raise Invalid for what cannot be agreed."""
    if not 1 <= len(items) <= MOST_LINES:
        raise Invalid(f"A contract has 1 to {MOST_LINES} lines", path=("input", "lines"))
    total = Money.zero(items[0].amount.currency)
    for place, item in enumerate(items):
        if not item.description.strip() or item.quantity <= 0:
            raise Invalid(
                "A line needs a description and a quantity above zero", path=("input", "lines", place)
            )
        total += item.amount.not_negative("input", "lines", str(place), "amount")
    return total.positive("input", "lines")
