"""Deals of the past in the graph."""

from datetime import date
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import DomainError
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.importing import DuplicatePolicy, ImportOutcome, ImportPayload, Result, import_together
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import MoneyInput
from sales.context import Info
from sales.opportunities.history import Deal, import_deals
from sales.opportunities.models import OpportunityStatus


@strawberry.input(description="One deal of an import.")
class OpportunityRow:
    external_id: str = strawberry.field(description="Id in the other system; makes repeats harmless.")
    name: str = strawberry.field(description="What the deal is called.")
    status: OpportunityStatus = strawberry.field(description="How it stands.")
    stage: str | None = strawberry.field(
        default=None, description="Key of its stage; the last one if it is won, else the first."
    )
    customer_id: UUID | None = strawberry.field(default=None, description="With whom.")
    owner_id: UUID | None = strawberry.field(default=None, description="Who works on it.")
    product_id: UUID | None = strawberry.field(default=None, description="What they want to buy.")
    amount: MoneyInput | None = strawberry.field(default=None, description="What it is expected to bring.")
    close_value: MoneyInput | None = strawberry.field(default=None, description="What it brought.")
    engaged_on: date | None = strawberry.field(default=None, description="First contact.")
    closed_on: date | None = strawberry.field(default=None, description="Day it was won or lost.")
    lost_reason: str | None = strawberry.field(default=None, description="Why it was lost.")
    custom: list[CustomValueInput] = entered()

    def deal(self) -> Deal | DomainError:
        """Return the deal, or what is wrong with its money."""
        try:
            return Deal(
                external_id=self.external_id,
                name=self.name,
                status=self.status,
                stage=self.stage,
                customer_id=self.customer_id,
                owner_id=self.owner_id,
                product_id=self.product_id,
                amount=self.amount.value() if self.amount else None,
                close_value=self.close_value.value() if self.close_value else None,
                engaged_on=self.engaged_on,
                closed_on=self.closed_on,
                lost_reason=self.lost_reason,
                custom=self.custom,
            )
        except DomainError as error:
            return error


@strawberry.input(description="Deals to enter, at most 200 at a time.")
class ImportOpportunitiesInput(Input):
    rows: list[OpportunityRow] = strawberry.field(description="The deals.")
    duplicates: DuplicatePolicy = strawberry.field(
        default=DuplicatePolicy.SKIP, description="What to do with deals that are known already."
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would become of each row.")


@strawberry.type
class OpportunityImport:
    @strawberry.mutation(
        extensions=[Granted("opportunity", "import")],
        description="Enter deals of the past; a refused row names its reason and leaves the others alone.",
    )
    async def import_opportunities(self, info: Info, input: ImportOpportunitiesInput) -> ImportPayload:
        async def work(session: AsyncSession) -> list[Result]:
            deals = [row.deal() for row in input.rows]
            results = await import_deals(session, deals, update=input.duplicates is DuplicatePolicy.UPDATE)
            return [
                result if isinstance(result, DomainError) else (ImportOutcome(result[0]), result[1])
                for result in results
            ]

        return await import_together(info.context, input, len(input.rows), work)
