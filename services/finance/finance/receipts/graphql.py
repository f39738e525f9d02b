"""Receipts in the graph."""

from datetime import date, datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import DateFilter, DecimalFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import Input
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money, MoneyInput
from chassis.listing import Page
from chassis.searching.asking import Search
from finance import references
from finance.context import Info
from finance.receipts import commands
from finance.receipts.queries import MATCHES_OF_RECEIPTS, RECEIPTS
from finance.receivables.graphql import Receivable
from finance.receivables.queries import RECEIVABLES
from finance.trail import TRAIL
from roundel.finance.v1 import finance_events_pb2 as events


@strawberry.type(description="So much of a receipt was set against a receivable.")
class ReceiptMatch:
    amount: Money = strawberry.field(description="How much.")
    matched_at: datetime = strawberry.field(description="When.")
    receivable_id: strawberry.Private[UUID]

    @strawberry.field(description="Against what.")
    async def receivable(self, info: Info) -> Receivable | None:
        row = await info.context.load(RECEIVABLES, self.receivable_id)
        return Receivable.of(row) if row else None


@strawberry.federation.type(keys=["id"], description="Money that came in.")
class Receipt:
    id: UUID = strawberry.field(description="Id of the receipt.")
    version: int = strawberry.field(description="Rises with every change.")
    amount: Money = strawberry.field(description="How much came in.")
    unmatched: Money = strawberry.field(description="What of it is set against nothing yet: an advance.")
    received_on: date = strawberry.field(description="When it came in.")
    reference: str | None = strawberry.field(description="What the payer wrote.")
    bank_reference: str | None = strawberry.field(description="Number under which the bank told of it.")
    customer_id: strawberry.Private[UUID]
    customer = references.customer("Who paid.")
    history = TRAIL.history(RECEIPTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            amount=Money(amount=row.amount, currency=row.currency),
            unmatched=Money(amount=row.unmatched, currency=row.currency),
            received_on=row.received_on,
            reference=row.reference,
            bank_reference=row.bank_reference,
            customer_id=row.customer_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the receipt that another subgraph points to."""
        row = await info.context.load(RECEIPTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="What it was set against, oldest first.")
    async def matches(self, info: Info) -> list[ReceiptMatch]:
        rows = await info.context.rows(MATCHES_OF_RECEIPTS, self.id, by="receipt_id", listing=RECEIPTS)
        return [
            ReceiptMatch(
                amount=Money(amount=row.amount, currency=row.currency),
                matched_at=row.matched_at,
                receivable_id=row.receivable_id,
            )
            for row in rows
        ]


@strawberry.input(description="Which receipts; everything given must hold.")
class ReceiptFilter:
    id: IdFilter | None = None
    customer_id: IdFilter | None = None
    currency: TextFilter | None = None
    amount: DecimalFilter | None = None
    unmatched: DecimalFilter | None = None
    reference: TextFilter | None = None
    bank_reference: TextFilter | None = None
    received_on: DateFilter | None = None


@strawberry.enum(description="What receipts can be sorted by.")
class ReceiptSort(Enum):
    RECEIVED_ON = "received_on"


@strawberry.input(description="Order of a list of receipts.")
class ReceiptOrder:
    by: ReceiptSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ReceiptQueries:
    @strawberry.field(extensions=[Granted("receipt", "read")], description="One receipt.")
    async def receipt(self, info: Info, id: UUID) -> Receipt | None:
        row = await info.context.load(RECEIPTS, id)
        return Receipt.of(row) if row else None

    @strawberry.field(extensions=[Granted("receipt", "read")], description="Receipts, latest first.")
    async def receipts(
        self,
        info: Info,
        filter: ReceiptFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: ReceiptOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Receipt]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, RECEIPTS), order, search)
        return await info.context.page(RECEIPTS, page, Receipt.of)


@strawberry.input(description="Money that came in; set against the oldest open receivables by itself.")
class RecordReceiptInput(Input):
    customer_id: UUID = strawberry.field(description="Who paid.")
    amount: MoneyInput = strawberry.field(description="How much.")
    received_on: date | None = strawberry.field(default=None, description="When, if not today.")
    reference: str | None = strawberry.field(default=None, description="What the payer wrote.")
    bank_reference: str | None = strawberry.field(
        default=None, description="Number under which the bank told of it; taken once a day."
    )
    receivable_id: UUID | None = strawberry.field(
        default=None, description="The only receivable to set it against."
    )
    contract_id: UUID | None = strawberry.field(
        default=None, description="The only contract whose receivables to set it against."
    )


@strawberry.type(description="The receipt as it is now.")
class ReceiptPayload:
    receipt: Receipt = strawberry.field(description="The receipt.")


@strawberry.type
class ReceiptMutations:
    @strawberry.mutation(
        extensions=[Granted("receipt", "create")],
        description="Enter money that came in and set it against what is owed; the rest is an advance.",
    )
    async def record_receipt(self, info: Info, input: RecordReceiptInput) -> ReceiptPayload:
        row = await info.context.change(
            input,
            lambda session: commands.record_receipt(
                session,
                customer_id=input.customer_id,
                amount=input.amount.value(),
                received_on=input.received_on,
                reference=input.reference,
                bank_reference=input.bank_reference,
                receivable_id=input.receivable_id,
                contract_id=input.contract_id,
            ),
        )
        return ReceiptPayload(receipt=Receipt.of(row))


@strawberry.type
class ReceiptSubscriptions:
    receipt_changed: Receipt = changed(
        Granted("receipt", "read"),
        events.ReceiptRecorded,
        events.ReceiptMatched,
        events.ReceiptUnmatched,
        description="A receipt, whenever it changes.",
        id="receiptId",
    )
