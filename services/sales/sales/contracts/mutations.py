"""What can be done to contracts in the graph."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Invalid
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import MoneyInput
from sales.context import Info
from sales.contracts import commands, queries
from sales.contracts import models as rows
from sales.contracts.graphql import Contract
from sales.contracts.instalments import Share
from sales.peers import require_credit


@strawberry.input(description="What is to be delivered for how much.")
class ContractLineInput:
    description: str = strawberry.field(description="What it is.")
    amount: MoneyInput = strawberry.field(description="For how much, together.")
    quantity: Decimal = strawberry.field(default=Decimal(1), description="How many.")
    product_id: UUID | None = strawberry.field(
        default=None, description="The product, if it is one of the list."
    )

    def item(self) -> commands.Item:
        """Return the line."""
        return commands.Item(self.description, self.amount.value(), self.quantity, self.product_id)


@strawberry.input(description="A part of the total: every one by percent, or every one by amount.")
class InstalmentInput:
    name: str = strawberry.field(description="What it is called.")
    percent: Decimal | None = strawberry.field(default=None, description="Part of the total.")
    amount: MoneyInput | None = strawberry.field(default=None, description="How much.")
    due_on: date | None = strawberry.field(
        default=None, description="By when; 30 days after the signature, if not given."
    )

    def share(self) -> Share:
        """Return the part."""
        return Share(self.name, self.percent, self.amount.value() if self.amount else None, self.due_on)


@strawberry.input(description="A contract to write: over an accepted quote, or line by line.")
class DraftContractInput(Input):
    quote_id: UUID | None = strawberry.field(default=None, description="The accepted quote.")
    customer_id: UUID | None = strawberry.field(default=None, description="With whom, if not over a quote.")
    opportunity_id: UUID | None = strawberry.field(default=None, description="The deal, if not over a quote.")
    owner_id: UUID | None = strawberry.field(
        default=None, description="Who looks after it, if not over a quote."
    )
    lines: list[ContractLineInput] = strawberry.field(
        default_factory=list, description="What is to be delivered, if not over a quote."
    )
    title: str | None = strawberry.field(default=None, description="What it is about.")
    instalments: list[InstalmentInput] = strawberry.field(
        default_factory=list, description="Who pays when; one of it all, if not given."
    )
    starts_on: date | None = strawberry.field(default=None, description="First day in force.")
    ends_on: date | None = strawberry.field(default=None, description="Last day in force.")
    at: datetime | None = strawberry.field(default=None, description="When it was drafted, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="A contract to sign.")
class SignContractInput(ChangeInput):
    id: UUID = strawberry.field(description="Which contract.")
    signed_on: date | None = strawberry.field(default=None, description="Day of the signature, if not today.")


@strawberry.type(description="The contract as it is now.")
class ContractPayload:
    contract: Contract = strawberry.field(description="The contract.")


@strawberry.type
class ContractMutations:
    @strawberry.mutation(extensions=[Granted("contract", "create")], description="Write a contract.")
    async def draft_contract(self, info: Info, input: DraftContractInput) -> ContractPayload:
        row = await info.context.change(input, lambda session: _draft(session, info, input))
        return ContractPayload(contract=Contract.of(row))

    @strawberry.mutation(
        extensions=[Granted("contract", "sign")],
        description="Sign a contract, if finance grants the customer the credit; project and finance follow.",
    )
    async def sign_contract(self, info: Info, input: SignContractInput) -> ContractPayload:
        contract = await queries.CONTRACTS.get(info.context.database, input.id)
        if contract.status is rows.ContractStatus.DRAFT:
            await require_credit(info.context.peers, contract.customer_id, contract.total, contract.currency)
        row = await info.context.change(
            input,
            lambda session: commands.sign_contract(
                session,
                input.id,
                present=info.context.clock(),
                signed_on=input.signed_on,
                expected_version=input.expected_version,
            ),
        )
        return ContractPayload(contract=Contract.of(row))


async def _draft(session: AsyncSession, info: Info, input: DraftContractInput) -> rows.Contract:
    terms = commands.Terms(
        title=input.title,
        shares=[instalment.share() for instalment in input.instalments],
        starts_on=input.starts_on,
        ends_on=input.ends_on,
        at=input.at,
        custom=input.custom,
    )
    if input.quote_id is not None:
        if input.customer_id or input.lines:
            raise Invalid("Name either a quote, or a customer and lines", path=("input", "quoteId"))
        return await commands.draft_from_quote(session, input.quote_id, terms=terms)
    if input.customer_id is None:
        raise Invalid("Name either a quote, or a customer and lines", path=("input", "customerId"))
    return await commands.draft_freely(
        session,
        customer_id=input.customer_id,
        items=[line.item() for line in input.lines],
        terms=terms,
        opportunity_id=input.opportunity_id,
        owner_id=input.owner_id or info.context.caller_id(),
    )
