"""What can be done to opportunities in the graph."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from chassis.errors import Invalid
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import MoneyInput
from sales.context import Info
from sales.opportunities import commands
from sales.opportunities.graphql import Opportunity


@strawberry.input(description="A fact: a key with exactly one of flag, number, text.")
class EvidenceInput:
    key: str = strawberry.field(description="What it is about, e.g. demo_done.")
    flag: bool | None = strawberry.field(default=None, description="Yes or no.")
    number: Decimal | None = strawberry.field(default=None, description="A number.")
    text: str | None = strawberry.field(default=None, description="A text.")

    def value(self) -> bool | int | float | str:
        """Return what is said; raise Invalid unless exactly one thing is."""
        given = [value for value in (self.flag, self.number, self.text) if value is not None]
        if len(given) != 1 or not 1 <= len(self.key) <= 100:
            raise Invalid(
                "A fact has a key of 1 to 100 characters and exactly one of flag, number, text",
                path=("input", "evidence"),
            )
        [said] = given
        if isinstance(said, Decimal):
            return int(said) if said == said.to_integral_value() else float(said)
        return said


@strawberry.input(description="A deal to begin.")
class OpenOpportunityInput(Input):
    name: str = strawberry.field(description="What the deal is called.")
    customer_id: UUID | None = strawberry.field(default=None, description="With whom.")
    owner_id: UUID | None = strawberry.field(default=None, description="Who works on it; you, if not given.")
    amount: MoneyInput | None = strawberry.field(default=None, description="What it is expected to bring.")
    product_id: UUID | None = strawberry.field(default=None, description="What they want to buy.")
    campaign_id: UUID | None = strawberry.field(
        default=None, description="The campaign that brought it about."
    )
    engaged_on: date | None = strawberry.field(
        default=None, description="First contact, if not when it began."
    )
    evidence: list[EvidenceInput] = strawberry.field(default_factory=list, description="Facts known already.")
    at: datetime | None = strawberry.field(default=None, description="When it began, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Facts for the exit criteria of stages.")
class RecordEvidenceInput(ChangeInput):
    id: UUID = strawberry.field(description="Which opportunity.")
    evidence: list[EvidenceInput] = strawberry.field(
        description="The facts; one of the same key is replaced."
    )


@strawberry.input(description="A deal to take to its next stage.")
class AdvanceOpportunityInput(ChangeInput):
    id: UUID = strawberry.field(description="Which opportunity.")
    at: datetime | None = strawberry.field(default=None, description="When it went on, if not now.")


@strawberry.input(description="A deal to give up.")
class LoseOpportunityInput(ChangeInput):
    id: UUID = strawberry.field(description="Which opportunity.")
    reason: str = strawberry.field(description="Why it was lost.")
    at: datetime | None = strawberry.field(default=None, description="When it was lost, if not now.")


@strawberry.type(description="The opportunity as it is now.")
class OpportunityPayload:
    opportunity: Opportunity = strawberry.field(description="The opportunity.")


@strawberry.type
class OpportunityMutations:
    @strawberry.mutation(extensions=[Granted("opportunity", "create")], description="Begin a deal.")
    async def open_opportunity(self, info: Info, input: OpenOpportunityInput) -> OpportunityPayload:
        amount = input.amount.value() if input.amount else None
        row = await info.context.change(
            input,
            lambda session: commands.open_opportunity(
                session,
                name=input.name,
                customer_id=input.customer_id,
                owner_id=input.owner_id or info.context.caller_id(),
                amount=amount,
                product_id=input.product_id,
                campaign_id=input.campaign_id,
                engaged_on=input.engaged_on,
                evidence=_facts(input.evidence),
                at=input.at,
                custom=input.custom,
            ),
        )
        return OpportunityPayload(opportunity=Opportunity.of(row))

    @strawberry.mutation(
        extensions=[Granted("opportunity", "update")],
        description="Record facts that the exit criteria of stages look at.",
    )
    async def record_evidence(self, info: Info, input: RecordEvidenceInput) -> OpportunityPayload:
        row = await info.context.change(
            input,
            lambda session: commands.record_evidence(
                session,
                input.id,
                evidence=_facts(input.evidence),
                expected_version=input.expected_version,
            ),
        )
        return OpportunityPayload(opportunity=Opportunity.of(row))

    @strawberry.mutation(
        extensions=[Granted("opportunity", "update")],
        description="Take a deal to its next stage; a CONFLICT lists the criteria that are not met.",
    )
    async def advance_opportunity(self, info: Info, input: AdvanceOpportunityInput) -> OpportunityPayload:
        row = await info.context.change(
            input,
            lambda session: commands.advance_opportunity(
                session, input.id, expected_version=input.expected_version, at=input.at
            ),
        )
        return OpportunityPayload(opportunity=Opportunity.of(row))

    @strawberry.mutation(extensions=[Granted("opportunity", "update")], description="Give a deal up.")
    async def lose_opportunity(self, info: Info, input: LoseOpportunityInput) -> OpportunityPayload:
        row = await info.context.change(
            input,
            lambda session: commands.lose_opportunity(
                session,
                input.id,
                reason=input.reason,
                expected_version=input.expected_version,
                at=input.at,
            ),
        )
        return OpportunityPayload(opportunity=Opportunity.of(row))


def _facts(given: Sequence[EvidenceInput]) -> dict[str, bool | int | float | str]:
    return {fact.key: fact.value() for fact in given}
