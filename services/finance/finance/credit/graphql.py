"""Credit in the graph."""

from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import DateTimeFilter, DecimalFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money, MoneyInput
from chassis.listing import Page
from finance import references
from finance.context import Info
from finance.credit import commands
from finance.credit.queries import CREDIT_LIMITS, Standing
from finance.trail import TRAIL
from roundel.finance.v1 import finance_events_pb2 as events


@strawberry.type(description="What a customer may owe, and what is left of it; all in one currency.")
class Credit:
    limit: Money = strawberry.field(description="The most that they may owe.")
    exposure: Money = strawberry.field(description="What they owe: their open receivables.")
    available: Money = strawberry.field(description="What is left; below zero when they owe too much.")

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """Return what the graph shows of a standing."""
        return cls(
            limit=Money(amount=standing.limit.amount, currency=standing.limit.currency),
            exposure=Money(amount=standing.exposure.amount, currency=standing.exposure.currency),
            available=Money(amount=standing.available.amount, currency=standing.available.currency),
        )


@strawberry.federation.type(keys=["id"], description="What a customer may owe in one currency.")
class CreditLimit:
    id: UUID = strawberry.field(description="Id of the limit.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    amount: Money = strawberry.field(description="The most that they may owe.")
    customer_id: strawberry.Private[UUID]
    customer = references.customer("Whose limit it is.")
    created_at: datetime = strawberry.field(description="When it was set first.")
    updated_at: datetime = strawberry.field(description="When it was set last.")
    history = TRAIL.history(CREDIT_LIMITS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            amount=Money(amount=row.amount, currency=row.currency),
            customer_id=row.customer_id,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the limit that another subgraph points to."""
        row = await info.context.load(CREDIT_LIMITS, UUID(id))
        return cls.of(row) if row else None


@strawberry.input(description="Which credit limits; everything given must hold.")
class CreditLimitFilter:
    customer_id: IdFilter | None = None
    currency: TextFilter | None = None
    amount: DecimalFilter | None = None
    created_at: DateTimeFilter | None = None


@strawberry.enum(description="What credit limits can be sorted by.")
class CreditLimitSort(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of credit limits.")
class CreditLimitOrder:
    by: CreditLimitSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class CreditQueries:
    @strawberry.field(
        extensions=[Granted("credit_limit", "read")],
        description="Credit limits that were set, newest first; other customers have the default.",
    )
    async def credit_limits(
        self,
        info: Info,
        filter: CreditLimitFilter | None = None,
        where: Where = None,
        sort: CreditLimitOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[CreditLimit]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, CREDIT_LIMITS), order)
        return await info.context.page(CREDIT_LIMITS, page, CreditLimit.of)


@strawberry.input(description="What a customer may owe.")
class SetCreditLimitInput(ChangeInput):
    customer_id: UUID = strawberry.field(description="Which customer.")
    limit: MoneyInput = strawberry.field(description="The most in this currency; zero means: pays first.")
    at: datetime | None = strawberry.field(default=None, description="When it was decided, if not now.")


@strawberry.type(description="The limit as it is now.")
class CreditLimitPayload:
    credit_limit: CreditLimit = strawberry.field(description="The limit.")


@strawberry.type
class CreditMutations:
    @strawberry.mutation(
        extensions=[Granted("credit_limit", "update")], description="Decide what a customer may owe."
    )
    async def set_credit_limit(self, info: Info, input: SetCreditLimitInput) -> CreditLimitPayload:
        row = await info.context.change(
            input,
            lambda session: commands.set_credit_limit(
                session,
                customer_id=input.customer_id,
                limit=input.limit.value(),
                at=input.at,
                expected_version=input.expected_version,
            ),
        )
        return CreditLimitPayload(credit_limit=CreditLimit.of(row))


@strawberry.type
class CreditLimitSubscriptions:
    credit_limit_changed: CreditLimit = changed(
        Granted("credit_limit", "read"),
        events.CreditLimitChanged,
        description="A credit limit, whenever it changes.",
    )
