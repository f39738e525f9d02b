"""Pairs that seem to be one record, and the search for them, in the graph."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.conditions import tree
from chassis.graphql.connections import Connection
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.listing import Listing, Page
from customer.companies.graphql import Customer
from customer.companies.queries import CUSTOMERS
from customer.contacts.graphql import Contact
from customer.contacts.queries import CONTACTS
from customer.context import Info
from customer.duplicates import commands, searching
from customer.duplicates.models import DuplicateSearch as SearchRow
from customer.duplicates.models import DuplicateState, SearchState
from customer.duplicates.queries import CONTACT_PAIRS, CUSTOMER_PAIRS
from customer.duplicates.scoring import Reason

strawberry.enum(DuplicateState, description="What was decided about a pair.")
strawberry.enum(Reason, name="DuplicateReason", description="What speaks for two records being one.")
strawberry.enum(SearchState, name="DuplicateSearchState", description="How far a search is.")


@strawberry.interface(description="Two records that seem to be one.")
class Duplicate:
    id: UUID = strawberry.field(description="Id of the pair.")
    score: int = strawberry.field(description="How sure that is, up to 100.")
    reasons: list[Reason] = strawberry.field(description="What speaks for it.")
    state: DuplicateState = strawberry.field(description="What was decided.")
    found_at: datetime = strawberry.field(description="When a search found it.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    left_id: strawberry.Private[UUID]
    right_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            score=row.score,
            reasons=[Reason(reason) for reason in row.reasons],
            state=row.state,
            found_at=row.found_at,
            decided_at=row.decided_at,
            left_id=row.left_id,
            right_id=row.right_id,
        )


@strawberry.type(description="Two companies that seem to be one.")
class DuplicateCustomer(Duplicate):
    @strawberry.field(description="The one that was entered first.")
    async def left(self, info: Info) -> Customer | None:
        row = await info.context.load(CUSTOMERS, self.left_id)
        return Customer.of(row) if row else None

    @strawberry.field(description="The one that was entered later.")
    async def right(self, info: Info) -> Customer | None:
        row = await info.context.load(CUSTOMERS, self.right_id)
        return Customer.of(row) if row else None


@strawberry.type(description="Two contacts that seem to be one person.")
class DuplicateContact(Duplicate):
    @strawberry.field(description="The one that was entered first.")
    async def left(self, info: Info) -> Contact | None:
        row = await info.context.load(CONTACTS, self.left_id)
        return Contact.of(row) if row else None

    @strawberry.field(description="The one that was entered later.")
    async def right(self, info: Info) -> Contact | None:
        row = await info.context.load(CONTACTS, self.right_id)
        return Contact.of(row) if row else None


@strawberry.type(description="A walk through all records of an object in search of duplicates.")
class DuplicateSearch:
    id: UUID = strawberry.field(description="Id of the search.")
    state: SearchState = strawberry.field(description="How far it is.")
    total: int = strawberry.field(description="How many records there were when it was asked for.")
    checked: int = strawberry.field(description="How many were compared so far.")
    found: int = strawberry.field(description="How many pairs nobody knew of were found so far.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            state=row.state,
            total=row.total,
            checked=row.checked,
            found=row.found,
            finished_at=row.finished_at,
        )


def _page(state: DuplicateState, first: int | None, after: str | None) -> Page:
    chosen = tree.Group("and", (tree.Rule("state", "eq", state),))
    return Page(first=first, after=after, condition=chosen)


@strawberry.type
class DuplicateQueries:
    @strawberry.field(
        extensions=[Granted("customer", "merge")],
        description="Pairs of companies of which you see both, the surest first.",
    )
    async def duplicate_customers(
        self,
        info: Info,
        state: DuplicateState = DuplicateState.OPEN,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[DuplicateCustomer]:
        page = _page(state, first, after)
        return await info.context.page(CUSTOMER_PAIRS, page, DuplicateCustomer.of)

    @strawberry.field(
        extensions=[Granted("contact", "merge")],
        description="Pairs of contacts of which you see both, the surest first.",
    )
    async def duplicate_contacts(
        self,
        info: Info,
        state: DuplicateState = DuplicateState.OPEN,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[DuplicateContact]:
        return await info.context.page(CONTACT_PAIRS, _page(state, first, after), DuplicateContact.of)

    @strawberry.field(
        extensions=[Granted("customer", "merge")], description="How far a search for duplicates is."
    )
    async def duplicate_search(self, info: Info, id: UUID) -> DuplicateSearch | None:
        return await _search(info, id)


@strawberry.input(description="A search of all companies.")
class FindDuplicateCustomersInput(Input):
    pass


@strawberry.input(description="A search of all contacts.")
class FindDuplicateContactsInput(Input):
    pass


@strawberry.type(description="The search, which goes on without its caller.")
class FindDuplicatesPayload:
    search: DuplicateSearch = strawberry.field(description="The search.")


@strawberry.input(description="Two records that are not one.")
class DismissDuplicateInput(Input):
    id: UUID = strawberry.field(description="Id of the pair.")


@strawberry.input(description="Two companies that are not one.")
class DismissDuplicateCustomerInput(DismissDuplicateInput):
    pass


@strawberry.input(description="Two contacts that are not one person.")
class DismissDuplicateContactInput(DismissDuplicateInput):
    pass


@strawberry.type(description="The pair as it is now.")
class DuplicateCustomerPayload:
    duplicate: DuplicateCustomer = strawberry.field(description="The pair.")


@strawberry.type(description="The pair as it is now.")
class DuplicateContactPayload:
    duplicate: DuplicateContact = strawberry.field(description="The pair.")


async def _find(info: Info, input: Input, object: str) -> FindDuplicatesPayload:
    async def work(session: AsyncSession) -> str:
        return str((await searching.begin(session, object)).id)

    search = await _search(info, UUID(await info.context.change(input, work)))
    assert search, "a search is never removed"
    return FindDuplicatesPayload(search=search)


async def _search(info: Info, id: UUID) -> DuplicateSearch | None:
    rows = await info.context.database.read(select(SearchRow.__table__).where(SearchRow.id == id))
    return DuplicateSearch.of(rows[0]) if rows else None


async def _dismiss(info: Info, input: DismissDuplicateInput, pairs: Listing) -> Any:
    async def work(session: AsyncSession) -> str:
        return str((await commands.dismiss(session, pairs.noun, input.id)).id)

    return await info.context.load(pairs, UUID(await info.context.change(input, work)))


@strawberry.type
class DuplicateMutations:
    @strawberry.mutation(
        extensions=[Granted("customer", "merge")], description="Have all companies compared."
    )
    async def find_duplicate_customers(
        self, info: Info, input: FindDuplicateCustomersInput
    ) -> FindDuplicatesPayload:
        return await _find(info, input, "customer")

    @strawberry.mutation(extensions=[Granted("contact", "merge")], description="Have all contacts compared.")
    async def find_duplicate_contacts(
        self, info: Info, input: FindDuplicateContactsInput
    ) -> FindDuplicatesPayload:
        return await _find(info, input, "contact")

    @strawberry.mutation(
        extensions=[Granted("customer", "merge")], description="Say that two companies are not one."
    )
    async def dismiss_duplicate_customer(
        self, info: Info, input: DismissDuplicateCustomerInput
    ) -> DuplicateCustomerPayload:
        row = await _dismiss(info, input, CUSTOMER_PAIRS)
        return DuplicateCustomerPayload(duplicate=DuplicateCustomer.of(row))

    @strawberry.mutation(
        extensions=[Granted("contact", "merge")], description="Say that two contacts are not one person."
    )
    async def dismiss_duplicate_contact(
        self, info: Info, input: DismissDuplicateContactInput
    ) -> DuplicateContactPayload:
        row = await _dismiss(info, input, CONTACT_PAIRS)
        return DuplicateContactPayload(duplicate=DuplicateContact.of(row))
