"""Receivables in the graph."""

from datetime import date, datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import (
    ChoiceFilter,
    DateFilter,
    DateTimeFilter,
    DecimalFilter,
    IdFilter,
    SortBy,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.inputs import ChangeInput
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money
from chassis.listing import Page
from chassis.searching.asking import Search
from finance import references
from finance.context import Info
from finance.receipts.queries import PAYMENTS_OF_RECEIVABLES, RECEIPTS
from finance.receivables import commands
from finance.receivables.models import ReceivableStatus
from finance.receivables.queries import RECEIVABLES, REVERSALS
from finance.references import Employee
from finance.trail import TRAIL
from roundel.finance.v1 import finance_events_pb2 as events

strawberry.enum(ReceivableStatus, description="How much of it came in.")


@strawberry.type(description="Money that came in for a receivable.")
class ReceivablePayment:
    receipt_id: UUID = strawberry.field(description="Id of the receipt.")
    amount: Money = strawberry.field(description="How much of the receipt was set against the receivable.")
    received_on: date = strawberry.field(description="When the money came in.")
    reference: str | None = strawberry.field(description="What the payer wrote.")


@strawberry.type(description="The entry that takes a receivable back.")
class ReceivableReversal:
    amount: Money = strawberry.field(description="What it takes back, below zero.")
    reason: str = strawberry.field(description="Why.")
    reversed_at: datetime = strawberry.field(description="When.")
    reversed_by: Employee | None = strawberry.field(description="Who.")


@strawberry.federation.type(keys=["id"], description="One instalment of a contract that the customer owes.")
class Receivable(Customised):
    fields_of = "receivable"
    id: UUID = strawberry.field(description="Id of the receivable.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="What the instalment is for.")
    position: int = strawberry.field(description="Place in the contract's payment plan, from 1.")
    amount: Money = strawberry.field(description="What was agreed.")
    outstanding: Money = strawberry.field(description="What of it is still open.")
    due_on: date = strawberry.field(description="Day by which it is to be paid.")
    status: ReceivableStatus = strawberry.field(description="How much of it came in.")
    contract_number: str | None = strawberry.field(
        description="Number of the contract, if it was signed since such are noted."
    )
    contract_id: strawberry.Private[UUID]
    contract = references.contract("The contract under which it is owed.")
    customer_id: strawberry.Private[UUID]
    customer = references.customer("Who owes it.")
    created_at: datetime = strawberry.field(description="When it came to be: with the signature.")
    history = TRAIL.history(RECEIVABLES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            name=row.name,
            position=row.position,
            amount=Money(amount=row.amount, currency=row.currency),
            outstanding=Money(amount=row.outstanding, currency=row.currency),
            due_on=row.due_on,
            status=row.status,
            contract_number=row.contract_number,
            contract_id=row.contract_id,
            customer_id=row.customer_id,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the receivable that another subgraph points to."""
        row = await info.context.load(RECEIVABLES, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="What came in for it, oldest first.")
    async def payments(self, info: Info) -> list[ReceivablePayment]:
        rows = await info.context.rows(PAYMENTS_OF_RECEIVABLES, self.id, by="receivable_id", listing=RECEIPTS)
        return [
            ReceivablePayment(
                receipt_id=row.receipt_id,
                amount=Money(amount=row.amount, currency=row.currency),
                received_on=row.received_on,
                reference=row.reference,
            )
            for row in rows
        ]

    @strawberry.field(description="What took it back, if it is void.")
    async def reversal(self, info: Info) -> ReceivableReversal | None:
        rows = await info.context.rows(REVERSALS, self.id, by="receivable_id", listing=RECEIVABLES)
        return next(
            (
                ReceivableReversal(
                    amount=Money(amount=row.amount, currency=row.currency),
                    reason=row.reason,
                    reversed_at=row.created_at,
                    reversed_by=Employee.of(row.created_by),
                )
                for row in rows
            ),
            None,
        )


@strawberry.input(description="Which receivables; everything given must hold.")
class ReceivableFilter:
    id: IdFilter | None = None
    customer_id: IdFilter | None = None
    contract_id: IdFilter | None = None
    contract_number: TextFilter | None = None
    name: TextFilter | None = None
    status: ChoiceFilter[ReceivableStatus] | None = None
    currency: TextFilter | None = None
    amount: DecimalFilter | None = None
    outstanding: DecimalFilter | None = None
    due_on: DateFilter | None = None
    created_at: DateTimeFilter | None = None
    and_: list["ReceivableFilter"] | None = strawberry.field(
        default=None, name="and", description="All hold."
    )
    or_: list["ReceivableFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "ReceivableFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What receivables can be sorted by.")
class ReceivableSort(Enum):
    DUE_ON = "due_on"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of receivables.")
class ReceivableOrder:
    by: ReceivableSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ReceivableQueries:
    @strawberry.field(extensions=[Granted("receivable", "read")], description="One receivable.")
    async def receivable(self, info: Info, id: UUID) -> Receivable | None:
        row = await info.context.load(RECEIVABLES, id)
        return Receivable.of(row) if row else None

    @strawberry.field(extensions=[Granted("receivable", "read")], description="Receivables, next due first.")
    async def receivables(
        self,
        info: Info,
        filter: ReceivableFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: ReceivableOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Receivable]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, RECEIVABLES), order, search)
        return await info.context.page(RECEIVABLES, page, Receivable.of)


@strawberry.input(description="A receivable and the day on which it is due now.")
class RescheduleReceivableInput(ChangeInput):
    id: UUID = strawberry.field(description="Which receivable; something of it must be open.")
    due_on: date = strawberry.field(description="Day by which it is to be paid.")


@strawberry.input(description="A receivable to take back.")
class VoidReceivableInput(ChangeInput):
    id: UUID = strawberry.field(description="Which receivable; nothing of it may be paid or invoiced.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="The receivable as it is now.")
class ReceivablePayload:
    receivable: Receivable = strawberry.field(description="The receivable.")


@strawberry.type
class ReceivableMutations:
    @strawberry.mutation(
        extensions=[Granted("receivable", "update")],
        description="Let a receivable be due on another day; the amounts of a contract stay.",
    )
    async def reschedule_receivable(self, info: Info, input: RescheduleReceivableInput) -> ReceivablePayload:
        row = await info.context.change(
            input,
            lambda session: commands.reschedule_receivable(
                session, input.id, due_on=input.due_on, expected_version=input.expected_version
            ),
        )
        return ReceivablePayload(receivable=Receivable.of(row))

    @strawberry.mutation(
        extensions=[Granted("receivable", "void")],
        description="Take a receivable back by a reversal; both stay in the books.",
    )
    async def void_receivable(self, info: Info, input: VoidReceivableInput) -> ReceivablePayload:
        row = await info.context.change(
            input,
            lambda session: commands.void_receivable(
                session, input.id, reason=input.reason, expected_version=input.expected_version
            ),
        )
        return ReceivablePayload(receivable=Receivable.of(row))


@strawberry.type
class ReceivableSubscriptions:
    receivable_changed: Receivable = changed(
        Granted("receivable", "read"),
        events.ReceiptMatched,
        events.ReceiptUnmatched,
        events.ReceivableRescheduled,
        events.ReceivableVoided,
        description="A receivable, whenever it changes.",
    )
