"""Deals of the past, many at a time: the same events as if each had been made here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import guard
from chassis.database import fetch, now, uuid7
from chassis.errors import Conflict, DomainError, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.importing.bulk import emit_all, fresh, insert_all
from chassis.messaging.outbox import emit
from chassis.money import Money
from sales.contracts.models import Contract, ContractStatus
from sales.opportunities import events
from sales.opportunities.commands import clean_name
from sales.opportunities.models import Opportunity, OpportunityStatus
from sales.opportunities.queries import opportunities_imported_as
from sales.pipelines.pipeline import Pipeline
from sales.pipelines.queries import get_pipeline
from sales.products.queries import products_known

_PLAIN = (
    "external_id", "status", "customer_id", "owner_id", "product_id", "engaged_on",
    "closed_on", "lost_reason",
)  # fmt: skip

Outcome = Literal["created", "updated", "skipped"]
Result = tuple[Outcome, UUID] | DomainError


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as another system kept it."""

    external_id: str
    name: str
    status: OpportunityStatus
    stage: str | None = None
    customer_id: UUID | None = None
    owner_id: UUID | None = None
    product_id: UUID | None = None
    amount: Money | None = None
    close_value: Money | None = None
    engaged_on: date | None = None
    closed_on: date | None = None
    lost_reason: str | None = None
    custom: Sequence[Given] | None = None


async def import_deals(
    session: AsyncSession, deals: Sequence[Deal | DomainError], *, update: bool
) -> list[Result]:
    """Enter deals and return what became of each, in their order; errors among them stay errors.

    A deal that is known by its external id is left alone, or with `update` brought up to date.
    New ones cost two statements, however many they are.
    """
    given = [deal for deal in deals if isinstance(deal, Deal)]
    known = dict(await opportunities_imported_as(session, {deal.external_id for deal in given}, lock=update))
    importer = _Importer(
        pipeline=await get_pipeline(session),
        products=await products_known(session, {deal.product_id for deal in given if deal.product_id}),
        known=known,
        update=update,
    )
    results = [await importer.take(session, deal) for deal in deals]
    await importer.write(session)
    return results


async def change_deal(session: AsyncSession, id: UUID, changes: Mapping[str, Any]) -> Opportunity:
    """Bring one deal up to date; `changes` are by names of `Deal`, what they do not name stays.

    Raises Conflict for another end than it has here and what else `import_deals` refuses.
    """
    known = await fetch(session, Opportunity, id)
    deal = replace(deal_of(known), **changes)
    if deal.status is not known.status and "stage" not in changes:
        deal = replace(deal, stage=known.stage if deal.status is OpportunityStatus.LOST else None)
    importer = _Importer(
        pipeline=await get_pipeline(session, known.pipeline),
        products=await products_known(session, [deal.product_id] if deal.product_id else []),
        known={deal.external_id: known},
        update=True,
    )
    result = await importer.take(session, deal)
    if isinstance(result, DomainError):
        raise result
    await importer.write(session)
    return known


def deal_of(row: Opportunity) -> Deal:
    """Return a deal of here as another system would tell it; one that has no id there goes by its own."""
    return Deal(
        external_id=row.external_id or str(row.id),
        name=row.name,
        status=row.status,
        stage=row.stage,
        customer_id=row.customer_id,
        owner_id=row.owner_id,
        product_id=row.product_id,
        amount=_money(row.amount, row.currency),
        close_value=_money(row.close_amount, row.close_currency),
        engaged_on=row.engaged_on,
        closed_on=row.closed_on,
        lost_reason=row.lost_reason,
    )


async def restore_deal(session: AsyncSession, row: Opportunity, values: Mapping[str, Any]) -> None:
    """Give a deal earlier values of its columns, and open it again if it was open then.

    Raises Conflict when it is won and its contract signed, and Invalid when its stage is no more.
    """
    reopened = row.status is not values.get("status", row.status)
    if reopened and row.status is OpportunityStatus.WON:
        await _require_nothing_signed(session, row)
    before = row.stage
    if "stage" in values:
        (await get_pipeline(session, row.pipeline)).stage(values["stage"])
    for column, value in values.items():
        setattr(row, column, value)
    if session.is_modified(row):
        await session.flush()
        tell = events.reopened if reopened else events.changed
        emit(session, tell(row, at=now()), subject=row.id)
        if row.stage != before:
            emit(session, events.stage_changed(row, before, at=now()), subject=row.id)


class _Importer:
    def __init__(
        self, *, pipeline: Pipeline, products: set[UUID], known: dict[str, Opportunity], update: bool
    ) -> None:
        self._pipeline = pipeline
        self._products = products
        self._known = known
        self._update = update
        self._new: list[Opportunity] = []
        self._closed: list[Opportunity] = []
        self._changed: list[tuple[Opportunity, str]] = []  # with their stages before

    async def take(self, session: AsyncSession, deal: Deal | DomainError) -> Result:
        if isinstance(deal, DomainError):
            return deal
        try:
            values = self._values(deal)
            known = self._known.get(deal.external_id)
            if known is None:
                return "created", (await self._create(session, values, deal.custom)).id
            if self._update and known not in self._new:
                await self._change(session, known, values, deal.custom)
                return "updated", known.id
            return "skipped", known.id
        except DomainError as error:
            return error

    async def write(self, session: AsyncSession) -> None:
        try:
            await insert_all(session, self._new)
        except IntegrityError as error:
            raise Conflict("Somebody imported some of these rows just now; send them again") from error
        await session.flush()
        await emit_all(session, self._told())

    def _told(self) -> Iterator[tuple[UUID, Message]]:
        for row in self._new:
            yield row.id, events.opened(row, at=row.created_at, version=1)
        for row in self._closed:
            closed = events.won if row.status is OpportunityStatus.WON else events.lost
            yield row.id, closed(row, at=_midnight(row.closed_on))
        for row, stage in self._changed:
            yield row.id, events.changed(row, at=now())
            if row.stage != stage:
                yield row.id, events.stage_changed(row, stage, at=now())

    async def _create(
        self, session: AsyncSession, values: Mapping[str, Any], custom: Sequence[Given] | None
    ) -> Opportunity:
        began = _midnight(values["engaged_on"]) if values["engaged_on"] else now()
        closed = values["status"] is not OpportunityStatus.OPEN
        # a deal that is over has been told of twice
        given = {"id": uuid7(), "created_at": began, "version": 2 if closed else 1, **values}
        row = fresh(Opportunity, given)
        await fields.write(session, row, custom)
        await session.run_sync(guard.check_made, [row])
        self._new.append(row)
        self._known[values["external_id"]] = row
        if closed:
            self._closed.append(row)
        return row

    async def _change(
        self,
        session: AsyncSession,
        known: Opportunity,
        values: Mapping[str, Any],
        custom: Sequence[Given] | None,
    ) -> None:
        closes = known.status is OpportunityStatus.OPEN and values["status"] is not OpportunityStatus.OPEN
        if known.status is not values["status"] and not closes:
            raise Conflict(f"{known.name} is {known.status.value} here, not {values['status'].value}")
        if custom:
            async with session.begin_nested():
                await fields.write(session, known, custom)
        stage = known.stage
        for column, value in values.items():
            if column != "external_id" or known.external_id or value != str(known.id):
                setattr(known, column, value)
        if closes:
            self._closed.append(known)
        elif session.is_modified(known):
            self._changed.append((known, stage))

    def _values(self, deal: Deal) -> dict[str, Any]:
        """Return the deal's columns; raise Invalid for what cannot be."""
        if not deal.external_id.strip():
            raise Invalid("An imported opportunity needs its externalId", path=("externalId",))
        if deal.product_id and deal.product_id not in self._products:
            raise Invalid(f"There is no product {deal.product_id}", path=("productId",))
        self._check_days(deal)
        for path, value in (("amount", deal.amount), ("closeValue", deal.close_value)):
            if value:
                value.not_negative(path)
        return {
            **{name: getattr(deal, name) for name in _PLAIN},
            "name": clean_name(deal.name),
            "stage": self._stage(deal),
            "amount": deal.amount.amount if deal.amount else None,
            "currency": deal.amount.currency if deal.amount else None,
            "close_amount": deal.close_value.amount if deal.close_value else None,
            "close_currency": deal.close_value.currency if deal.close_value else None,
        }

    def _stage(self, deal: Deal) -> str:
        won = deal.status is OpportunityStatus.WON
        if deal.stage is None:
            return (self._pipeline.won if won else self._pipeline.first).key
        stage = self._pipeline.stage(deal.stage)
        if won is not (stage is self._pipeline.won):
            raise Invalid(f"A deal that is {deal.status.value} cannot be in {stage.key}", path=("stage",))
        return stage.key

    def _check_days(self, deal: Deal) -> None:
        if (deal.status is OpportunityStatus.OPEN) is not (deal.closed_on is None):
            raise Invalid("A deal has closedOn exactly when it is won or lost", path=("closedOn",))
        if deal.closed_on and deal.engaged_on and deal.closed_on < deal.engaged_on:
            raise Invalid("A deal cannot close before it began", path=("closedOn",))


async def _require_nothing_signed(session: AsyncSession, row: Opportunity) -> None:
    agreed = Contract.opportunity_id == row.id, Contract.status != ContractStatus.DRAFT
    number = await session.scalar(select(Contract.number).where(*agreed).limit(1))
    if number:
        raise Conflict(f"{row.name} is won, its contract {number} is signed; what was agreed stays")


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)


def _midnight(day: date | None) -> datetime:
    return datetime.combine(day, time(), UTC) if day else now()
