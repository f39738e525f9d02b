"""Merges in the graph."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from customer.companies.graphql import Customer
from customer.companies.queries import CUSTOMERS
from customer.contacts.graphql import Contact
from customer.contacts.queries import CONTACTS
from customer.context import Info
from customer.merges import commands
from customer.merges.fields import Choices, Side
from customer.merges.kinds import COMPANY, PERSON
from customer.merges.models import Merge as MergeRow
from customer.merges.queries import MERGES_INTO
from customer.references import Employee

strawberry.enum(Side, name="MergeSide", description="Whose value stays.")


@strawberry.type(description="A record that was merged into another.")
class Merge:
    id: UUID = strawberry.field(description="Id of the merge.")
    loser_id: UUID = strawberry.field(description="The record that is no more; its id leads to the other.")
    loser_name: str = strawberry.field(description="What it was called.")
    taken: list[str] = strawberry.field(description="The columns in which its value stayed.")
    merged_at: datetime = strawberry.field(description="When that was.")
    merged_by: Employee | None = strawberry.field(description="Who did it.")
    unmerged_at: datetime | None = strawberry.field(description="When it was taken back, if it was.")

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            loser_id=row.loser_id,
            loser_name=row.loser_name,
            taken=[*row.taken, *(f"custom.{key}" for key in row.custom)],
            merged_at=row.merged_at,
            merged_by=Employee.of(row.merged_by),
            unmerged_at=row.unmerged_at,
        )


@strawberry.input(description="Whose value of one field stays.")
class MergeFieldInput:
    field: str = strawberry.field(description="For example industry, revenue, or custom.key.")
    from_: Side = strawberry.field(name="from", description="Whose value stays.")


@strawberry.input(description="Two records to make one.")
class MergeInput(Input):
    winner_id: UUID = strawberry.field(description="The record that stays.")
    loser_id: UUID = strawberry.field(
        description="The record that goes; its id leads to the other from then on."
    )
    fields: list[MergeFieldInput] = strawberry.field(
        default_factory=list,
        description="Whose value stays; where nothing is said the winner's, or the loser's if it has none.",
    )
    expected_winner_version: int | None = strawberry.field(
        default=None, description="The version you read; a newer one is a CONFLICT."
    )
    expected_loser_version: int | None = strawberry.field(
        default=None, description="The version you read; a newer one is a CONFLICT."
    )


@strawberry.input(description="Two companies to make one.")
class MergeCustomersInput(MergeInput):
    pass


@strawberry.input(description="Two contacts to make one.")
class MergeContactsInput(MergeInput):
    pass


@strawberry.input(description="A merge to take back.")
class UnmergeInput(Input):
    id: UUID = strawberry.field(description="Id of the merge.")


@strawberry.input(description="A merge of companies to take back.")
class UnmergeCustomersInput(UnmergeInput):
    pass


@strawberry.input(description="A merge of contacts to take back.")
class UnmergeContactsInput(UnmergeInput):
    pass


@strawberry.type(description="The company that stands for both, and the merge.")
class MergeCustomersPayload:
    customer: Customer = strawberry.field(description="The company.")
    merge: Merge = strawberry.field(description="The merge, by which it can be taken back.")


@strawberry.type(description="The two companies as they are now.")
class UnmergeCustomersPayload:
    winner: Customer = strawberry.field(description="The company that had taken the other over.")
    loser: Customer = strawberry.field(description="The company that is there again.")


@strawberry.type(description="The contact that stands for both, and the merge.")
class MergeContactsPayload:
    contact: Contact = strawberry.field(description="The contact.")
    merge: Merge = strawberry.field(description="The merge, by which it can be taken back.")


@strawberry.type(description="The two contacts as they are now.")
class UnmergeContactsPayload:
    winner: Contact = strawberry.field(description="The contact that had taken the other over.")
    loser: Contact = strawberry.field(description="The contact who is there again.")


@strawberry.type
class MergeQueries:
    @strawberry.field(
        extensions=[Granted("customer", "read")],
        description="What was merged into a company, the latest first; also what was taken back.",
    )
    async def customer_merges(self, info: Info, customer_id: UUID) -> list[Merge]:
        rows = await info.context.rows(MERGES_INTO, customer_id, by="winner_id", listing=CUSTOMERS)
        return [Merge.of(row) for row in rows]

    @strawberry.field(
        extensions=[Granted("contact", "read")],
        description="What was merged into a contact, the latest first; also what was taken back.",
    )
    async def contact_merges(self, info: Info, contact_id: UUID) -> list[Merge]:
        rows = await info.context.rows(MERGES_INTO, contact_id, by="winner_id", listing=CONTACTS)
        return [Merge.of(row) for row in rows]


async def _row(info: Info, input: Input, work: Callable[[AsyncSession], Awaitable[MergeRow]]) -> Any:
    """Do it once per key, and return the merge."""

    async def done(session: AsyncSession) -> str:
        return str((await work(session)).id)

    id = UUID(await info.context.change(input, done))
    return (await info.context.database.read(select(MergeRow.__table__).where(MergeRow.id == id)))[0]


def _asked(input: MergeInput) -> dict[str, Any]:
    choices: Choices = {each.field: each.from_ for each in input.fields}
    versions = {
        input.winner_id: input.expected_winner_version,
        input.loser_id: input.expected_loser_version,
    }
    ids = {"winner_id": input.winner_id, "loser_id": input.loser_id}
    return {**ids, "choices": choices, "versions": versions}


@strawberry.type
class MergeMutations:
    @strawberry.mutation(
        extensions=[Granted("customer", "merge")],
        description="Let one company stand for both, in all services; `unmergeCustomers` takes it back.",
    )
    async def merge_customers(self, info: Info, input: MergeCustomersInput) -> MergeCustomersPayload:
        row = await _row(info, input, lambda session: commands.merge_customers(session, **_asked(input)))
        winner = await info.context.survivor(CUSTOMERS, row.winner_id)
        return MergeCustomersPayload(customer=Customer.of(winner), merge=Merge.of(row))

    @strawberry.mutation(
        extensions=[Granted("customer", "merge")],
        description="Take a merge of companies back, in all services, with what came for the other since.",
    )
    async def unmerge_customers(self, info: Info, input: UnmergeCustomersInput) -> UnmergeCustomersPayload:
        row = await _row(info, input, lambda session: commands.unmerge(session, COMPANY, input.id))
        winner, loser = [await info.context.load(CUSTOMERS, id) for id in (row.winner_id, row.loser_id)]
        return UnmergeCustomersPayload(winner=Customer.of(winner), loser=Customer.of(loser))

    @strawberry.mutation(
        extensions=[Granted("contact", "merge")],
        description="Let one contact stand for both, in all services; `unmergeContacts` takes it back.",
    )
    async def merge_contacts(self, info: Info, input: MergeContactsInput) -> MergeContactsPayload:
        row = await _row(info, input, lambda session: commands.merge_contacts(session, **_asked(input)))
        winner = await info.context.survivor(CONTACTS, row.winner_id)
        return MergeContactsPayload(contact=Contact.of(winner), merge=Merge.of(row))

    @strawberry.mutation(
        extensions=[Granted("contact", "merge")],
        description="Take a merge of contacts back, in all services, with what came for the other since.",
    )
    async def unmerge_contacts(self, info: Info, input: UnmergeContactsInput) -> UnmergeContactsPayload:
        row = await _row(info, input, lambda session: commands.unmerge(session, PERSON, input.id))
        winner, loser = [await info.context.load(CONTACTS, id) for id in (row.winner_id, row.loser_id)]
        return UnmergeContactsPayload(winner=Contact.of(winner), loser=Contact.of(loser))
