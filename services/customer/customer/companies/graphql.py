"""Companies in the graph."""

from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised, CustomValueInput, entered
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import (
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    SortBy,
    TagsFilter,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money, MoneyInput
from chassis.listing import Page
from chassis.searching.asking import Search
from customer.companies import commands
from customer.companies.models import CustomerStatus
from customer.companies.queries import CUSTOMERS
from customer.contacts.graphql import Contact
from customer.contacts.models import Contact as ContactRow
from customer.contacts.queries import CONTACTS
from customer.context import Info
from customer.interactions.graphql import Interaction
from customer.interactions.models import Interaction as InteractionRow
from customer.interactions.queries import INTERACTIONS
from customer.references import Employee
from customer.trail import TRAIL
from roundel.customer.v1 import customer_events_pb2 as events

strawberry.enum(CustomerStatus, description="How far we are with a customer.")


@strawberry.type(description="What the business register says of a company.")
class Registry:
    registration_number: str | None = strawberry.field(description="Unified social credit code or alike.")
    legal_representative: str | None = strawberry.field(description="Who signs for the company.")
    founded_year: int | None = strawberry.field(description="Year of foundation.")
    employees: int | None = strawberry.field(description="Number of employees.")
    revenue: Money | None = strawberry.field(description="Revenue of a year.")
    headquarters: str | None = strawberry.field(description="Seat of the company.")


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer(Customised):
    fields_of = "customer"
    id: UUID = strawberry.field(description="Id of the customer in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Legal full name, as on contracts and invoices.")
    status: CustomerStatus = strawberry.field(description="How far we are.")
    industry: str | None = strawberry.field(description="Path in the industry tree, e.g. 制造业-汽车零配件.")
    region: str | None = strawberry.field(description="Sales region.")
    size_band: str | None = strawberry.field(description="Head-count band, e.g. 50-200.")
    source: str | None = strawberry.field(description="Where the customer came from.")
    pain_points: list[str] = strawberry.field(description="What hurts them.")
    incumbent: str | None = strawberry.field(description="Solution they use today.")
    tags: list[str] = strawberry.field(description="Free tags.")
    owner: Employee | None = strawberry.field(description="Who looks after the customer.")
    external_id: str | None = strawberry.field(description="Id in the system the customer was imported from.")
    registry: Registry = strawberry.field(description="What the business register says.")
    parent_id: strawberry.Private[UUID | None]
    last_follow_up_at: datetime | None = strawberry.field(description="When somebody last dealt with them.")
    created_at: datetime = strawberry.field(description="When the customer was registered.")
    history = TRAIL.history(CUSTOMERS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            name=row.name,
            status=row.status,
            industry=row.industry,
            region=row.region,
            size_band=row.size_band,
            source=row.source,
            pain_points=row.pain_points,
            incumbent=row.incumbent,
            tags=row.tags,
            owner=Employee.of(row.owner_id),
            external_id=row.external_id,
            registry=Registry(
                registration_number=row.registration_number,
                legal_representative=row.legal_representative,
                founded_year=row.founded_year,
                employees=row.employees,
                revenue=Money.of(row.revenue_amount, row.revenue_currency),
                headquarters=row.headquarters,
            ),
            parent_id=row.parent_id,
            last_follow_up_at=row.last_follow_up_at,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the customer that another subgraph points to."""
        row = await info.context.survivor(CUSTOMERS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The company this one belongs to.")
    async def parent(self, info: Info) -> "Customer | None":
        row = await info.context.survivor(CUSTOMERS, self.parent_id)
        return Customer.of(row) if row else None

    @strawberry.field(description="People we know there, decision makers first.")
    async def contacts(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Contact]:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(CONTACTS, ContactRow.customer_id, self.id, page, Contact.of)

    @strawberry.field(description="Calls, visits, meetings and notes, latest first.")
    async def interactions(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Interaction]:
        page = Page(first=first, after=after, search=search)
        column = InteractionRow.customer_id
        return await info.context.children(INTERACTIONS, column, self.id, page, Interaction.of)


@strawberry.input(description="Which customers; everything given must hold.")
class CustomerFilter:
    id: IdFilter | None = None
    name: TextFilter | None = None
    status: ChoiceFilter[CustomerStatus] | None = None
    industry: TextFilter | None = None
    region: TextFilter | None = None
    tags: TagsFilter | None = None
    owner_id: IdFilter | None = None
    external_id: TextFilter | None = None
    last_follow_up_at: DateTimeFilter | None = None
    created_at: DateTimeFilter | None = None
    and_: list["CustomerFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["CustomerFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "CustomerFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What customers can be sorted by.")
class CustomerSort(Enum):
    CREATED_AT = "created_at"
    NAME = "name_sort"
    LAST_FOLLOW_UP_AT = "last_follow_up_at"


@strawberry.input(description="Order of a list of customers.")
class CustomerOrder:
    by: CustomerSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class CustomerQueries:
    @strawberry.field(extensions=[Granted("customer", "read")], description="One customer, from every side.")
    async def customer(self, info: Info, id: UUID) -> Customer | None:
        row = await info.context.survivor(CUSTOMERS, id)
        return Customer.of(row) if row else None

    @strawberry.field(extensions=[Granted("customer", "read")], description="Customers, newest first.")
    async def customers(
        self,
        info: Info,
        filter: CustomerFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: CustomerOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Customer]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, CUSTOMERS), order, search)
        return await info.context.page(CUSTOMERS, page, Customer.of)


@strawberry.input(description="What can be said of a company; what is left out stays as it is.")
class CustomerProfile:
    status: CustomerStatus | None = strawberry.UNSET
    industry: str | None = strawberry.UNSET
    region: str | None = strawberry.UNSET
    size_band: str | None = strawberry.UNSET
    source: str | None = strawberry.UNSET
    pain_points: list[str] | None = strawberry.UNSET
    incumbent: str | None = strawberry.UNSET
    owner_id: UUID | None = strawberry.UNSET
    external_id: str | None = strawberry.UNSET
    registration_number: str | None = strawberry.UNSET
    legal_representative: str | None = strawberry.UNSET
    founded_year: int | None = strawberry.UNSET
    employees: int | None = strawberry.UNSET
    revenue: MoneyInput | None = strawberry.UNSET
    headquarters: str | None = strawberry.UNSET
    parent_id: UUID | None = strawberry.UNSET

    def columns(self) -> dict[str, Any]:
        """Return what was given, by column."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        found = {name: value for name, value in given.items() if value is not strawberry.UNSET}
        if "revenue" in found:
            money = found.pop("revenue")
            revenue = money.value().not_negative("input", "profile", "revenue") if money else None
            found["revenue_amount"] = revenue.amount if revenue else None
            found["revenue_currency"] = revenue.currency if revenue else None
        for name in ("status", "pain_points"):
            if found.get(name, "") is None:
                del found[name]  # these always have a value
        return found


@strawberry.input(description="A company to enter.")
class RegisterCustomerInput(Input):
    name: str = strawberry.field(description="Legal full name; must be new in every spelling.")
    profile: CustomerProfile | None = strawberry.field(default=None, description="What is known of it.")
    at: datetime | None = strawberry.field(default=None, description="When it became known, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Changes to a company.")
class UpdateCustomerInput(ChangeInput):
    id: UUID = strawberry.field(description="Which customer.")
    name: str | None = strawberry.field(default=None, description="A new legal name.")
    profile: CustomerProfile | None = strawberry.field(default=None, description="What to change.")


@strawberry.input(description="Tags to add and to remove.")
class TagCustomerInput(ChangeInput):
    id: UUID = strawberry.field(description="Which customer.")
    add: list[str] = strawberry.field(default_factory=list, description="Tags to add.")
    remove: list[str] = strawberry.field(default_factory=list, description="Tags to remove.")


@strawberry.type(description="The customer as it is now.")
class CustomerPayload:
    customer: Customer = strawberry.field(description="The customer.")


@strawberry.type
class CustomerMutations:
    @strawberry.mutation(extensions=[Granted("customer", "create")], description="Enter a new company.")
    async def register_customer(self, info: Info, input: RegisterCustomerInput) -> CustomerPayload:
        columns = input.profile.columns() if input.profile else {}
        columns["owner_id"] = columns.get("owner_id") or info.context.owner_of_new("customer")
        row = await info.context.change(
            input,
            lambda session: commands.register_customer(
                session, name=input.name, at=input.at, custom=input.custom, **columns
            ),
        )
        return CustomerPayload(customer=Customer.of(row))

    @strawberry.mutation(extensions=[Granted("customer", "update")], description="Change a company.")
    async def update_customer(self, info: Info, input: UpdateCustomerInput) -> CustomerPayload:
        changes = input.profile.columns() if input.profile else {}
        if input.name is not None:
            changes["name"] = input.name
        row = await info.context.change(
            input,
            lambda session: commands.change_profile(
                session, input.id, expected_version=input.expected_version, changes=changes
            ),
        )
        return CustomerPayload(customer=Customer.of(row))

    @strawberry.mutation(extensions=[Granted("customer", "update")], description="Add and remove tags.")
    async def tag_customer(self, info: Info, input: TagCustomerInput) -> CustomerPayload:
        row = await info.context.change(
            input,
            lambda session: commands.tag_customer(
                session, input.id, add=input.add, remove=input.remove, expected_version=input.expected_version
            ),
        )
        return CustomerPayload(customer=Customer.of(row))


@strawberry.type
class CustomerSubscriptions:
    customer_changed: Customer = changed(
        Granted("customer", "read"),
        events.CustomerRegistered,
        events.CustomerProfileChanged,
        events.CustomersMerged,
        events.CustomersUnmerged,
        events.ContactAdded,
        events.InteractionLogged,
        description="A customer, whenever it, a contact or its follow-up log changes.",
        id="customerId",
    )
