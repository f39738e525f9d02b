"""What can be done to leads in the graph."""

from datetime import datetime
from uuid import UUID

import strawberry

from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import MoneyInput
from sales.context import Info
from sales.leads import commands, queries
from sales.leads.graphql import Lead
from sales.opportunities.graphql import Opportunity
from sales.peers import register_customer


@strawberry.input(description="A lead to enter.")
class CreateLeadInput(Input):
    company: str = strawberry.field(description="Who is interested.")
    contact_name: str | None = strawberry.field(default=None, description="The person there.")
    email: str | None = strawberry.field(default=None, description="E-mail address.")
    phone: str | None = strawberry.field(default=None, description="Phone number.")
    region: str | None = strawberry.field(default=None, description="Sales region.")
    industry: str | None = strawberry.field(default=None, description="Path in the industry tree.")
    product_interest: str | None = strawberry.field(default=None, description="What interests them.")
    source: str | None = strawberry.field(default=None, description="Where the lead came from.")
    message: str | None = strawberry.field(default=None, description="What they wrote.")
    campaign_id: UUID | None = strawberry.field(default=None, description="The campaign that brought it.")
    customer_id: UUID | None = strawberry.field(default=None, description="The customer they are already.")
    owner_id: UUID | None = strawberry.field(
        default=None, description="Who deals with it; the assignment rules choose, if not given."
    )
    at: datetime | None = strawberry.field(default=None, description="When it came in, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="A lead for somebody.")
class AssignLeadInput(ChangeInput):
    id: UUID = strawberry.field(description="Which lead.")
    owner_id: UUID = strawberry.field(description="An active employee.")


@strawberry.input(description="Budget, authority, need and timeline: what makes a lead a deal.")
class BantInput:
    budget: MoneyInput = strawberry.field(description="What they can spend.")
    authority: str = strawberry.field(description="Who decides.")
    need: str = strawberry.field(description="What they need it for.")
    timeline: str = strawberry.field(description="By when.")

    def value(self) -> commands.Bant:
        """Return what is known; raise Invalid when the budget is no money."""
        return commands.Bant(self.budget.value(), self.authority, self.need, self.timeline)


@strawberry.input(description="A lead to make a deal of.")
class ConvertLeadInput(ChangeInput):
    id: UUID = strawberry.field(description="Which lead.")
    bant: BantInput = strawberry.field(description="What makes it a deal.")
    customer_id: UUID | None = strawberry.field(
        default=None, description="The customer they are; registered by the lead's company, if not given."
    )
    name: str | None = strawberry.field(
        default=None, description="Name of the opportunity, if not the company's."
    )
    product_id: UUID | None = strawberry.field(default=None, description="What they want to buy.")
    at: datetime | None = strawberry.field(default=None, description="When it was converted, if not now.")


@strawberry.input(description="A lead to give up.")
class LoseLeadInput(ChangeInput):
    id: UUID = strawberry.field(description="Which lead.")
    reason: str = strawberry.field(description="Why it was lost.")
    at: datetime | None = strawberry.field(default=None, description="When it was lost, if not now.")


@strawberry.type(description="The lead as it is now.")
class LeadPayload:
    lead: Lead = strawberry.field(description="The lead.")


@strawberry.type(description="The lead as it is now, and the deal made of it.")
class ConvertLeadPayload:
    lead: Lead = strawberry.field(description="The lead.")
    opportunity: Opportunity = strawberry.field(description="The deal.")


@strawberry.type
class LeadMutations:
    @strawberry.mutation(
        extensions=[Granted("lead", "create")],
        description="Enter a lead; the assignment rules choose its owner.",
    )
    async def create_lead(self, info: Info, input: CreateLeadInput) -> LeadPayload:
        row = await info.context.change(
            input,
            lambda session: commands.create_lead(
                session,
                company=input.company,
                owner_id=input.owner_id,
                at=input.at,
                contact_name=input.contact_name,
                email=input.email,
                phone=input.phone,
                region=input.region,
                industry=input.industry,
                product_interest=input.product_interest,
                source=input.source,
                message=input.message,
                campaign_id=input.campaign_id,
                customer_id=input.customer_id,
                custom=input.custom,
            ),
        )
        return LeadPayload(lead=Lead.of(row))

    @strawberry.mutation(
        extensions=[Granted("lead", "assign")], description="Give a lead to an active employee."
    )
    async def assign_lead(self, info: Info, input: AssignLeadInput) -> LeadPayload:
        row = await info.context.change(
            input,
            lambda session: commands.assign_lead(
                session, input.id, owner_id=input.owner_id, expected_version=input.expected_version
            ),
        )
        return LeadPayload(lead=Lead.of(row))

    @strawberry.mutation(
        extensions=[Granted("lead", "convert")],
        description="Make a deal of a lead whose budget, authority, need and timeline are known.",
    )
    async def convert_lead(self, info: Info, input: ConvertLeadInput) -> ConvertLeadPayload:
        bant = input.bant.value()
        customer_id = input.customer_id
        lead = await queries.LEADS.get(info.context.database, input.id)
        if customer_id is None and queries.lacks_customer(lead):
            bant.evidence()  # a company is not registered for a conversion that must fail
            customer_id = await register_customer(info.context.peers, lead)
        row, opportunity = await info.context.change(
            input,
            lambda session: commands.convert_lead(
                session,
                input.id,
                customer_id=customer_id,
                caller_id=info.context.caller_id(),
                bant=bant,
                name=input.name,
                product_id=input.product_id,
                expected_version=input.expected_version,
                at=input.at,
            ),
        )
        return ConvertLeadPayload(lead=Lead.of(row), opportunity=Opportunity.of(opportunity))

    @strawberry.mutation(extensions=[Granted("lead", "update")], description="Give a lead up.")
    async def lose_lead(self, info: Info, input: LoseLeadInput) -> LeadPayload:
        row = await info.context.change(
            input,
            lambda session: commands.lose_lead(
                session,
                input.id,
                reason=input.reason,
                expected_version=input.expected_version,
                at=input.at,
            ),
        )
        return LeadPayload(lead=Lead.of(row))
