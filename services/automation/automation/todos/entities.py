"""To-dos as the graph shows them, and what they add to customers and employees; each names the other."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from automation.context import Info
from automation.todos.models import Todo as TodoRow
from automation.todos.models import TodoStatus
from automation.todos.queries import TODOS
from automation.trail import TRAIL
from chassis.fields.graphql import Customised
from chassis.graphql.connections import Connection
from chassis.graphql.filters import ChoiceFilter, DateTimeFilter, IdFilter, TextFilter, Where, condition
from chassis.listing import Page
from chassis.searching.asking import Search

strawberry.enum(TodoStatus, description="Whether it is still to be done.")


@strawberry.input(description="Which to-dos; everything given must hold.")
class TodoFilter:
    id: IdFilter | None = None
    status: ChoiceFilter[TodoStatus] | None = None
    assignee_id: IdFilter | None = None
    role: TextFilter | None = None
    due_at: DateTimeFilter | None = None
    customer_id: IdFilter | None = None
    about_type: TextFilter | None = None
    about_id: IdFilter | None = None
    rule: TextFilter | None = None
    title: TextFilter | None = None
    completed_at: DateTimeFilter | None = None
    created_at: DateTimeFilter | None = None
    and_: list["TodoFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["TodoFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "TodoFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.federation.type(keys=["id"], description="Somebody who works here.")
class Employee:
    id: UUID = strawberry.field(description="Id of the employee.")

    @classmethod
    def of(cls, id: UUID | None) -> Self | None:
        """Return the reference, or None when nobody is named."""
        return None if id is None else cls(id=id)

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the employee that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="What is for this employee in person, next due first.")
    async def todos(
        self,
        info: Info,
        filter: TodoFilter | None = None,
        where: Where = None,
        search: Search = None,
        first: int | None = None,
        after: str | None = None,
    ) -> "Connection[Todo] | None":
        page = Page(first=first, after=after, condition=condition(filter, where, TODOS), search=search)
        return await info.context.children(TODOS, TodoRow.assignee_id, self.id, page, Todo.of)


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer.")

    @classmethod
    def of(cls, id: UUID | None) -> Self | None:
        """Return the reference, or None when no customer is concerned."""
        return None if id is None else cls(id=id)

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="What is to be done for this customer, next due first.")
    async def todos(
        self,
        info: Info,
        filter: TodoFilter | None = None,
        where: Where = None,
        search: Search = None,
        first: int | None = None,
        after: str | None = None,
    ) -> "Connection[Todo] | None":
        page = Page(first=first, after=after, condition=condition(filter, where, TODOS), search=search)
        return await info.context.children(TODOS, TodoRow.customer_id, self.id, page, Todo.of)


@strawberry.federation.type(keys=["id"], description="Something to do, for a person or a role.")
class Todo(Customised):
    fields_of = "todo"
    id: UUID = strawberry.field(description="Id of the to-do.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    title: str = strawberry.field(description="What is to be done; in Chinese when a rule made it.")
    title_en: str | None = strawberry.field(description="The same in English, when a rule made it.")
    status: TodoStatus = strawberry.field(description="Whether it is still to be done.")
    assignee: Employee | None = strawberry.field(description="Who is asked.")
    role: str | None = strawberry.field(description="Role that is asked when no person is.")
    due_at: datetime | None = strawberry.field(description="Until when.")
    customer: Customer | None = strawberry.field(description="For which customer.")
    about_type: str | None = strawberry.field(description="Type of what it is about, e.g. Project.")
    about_id: UUID | None = strawberry.field(description="Id of what it is about.")
    rule: str | None = strawberry.field(description="Name of the rule that made it; null: a person did.")
    completed_at: datetime | None = strawberry.field(description="When it was done.")
    completed_by: Employee | None = strawberry.field(description="Who did it.")
    created_at: datetime = strawberry.field(description="When it became something to do.")
    history = TRAIL.history(TODOS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            title=row.title,
            title_en=row.title_en,
            status=row.status,
            assignee=Employee.of(row.assignee_id),
            role=row.role,
            due_at=row.due_at,
            customer=Customer.of(row.customer_id),
            about_type=row.about_type,
            about_id=row.about_id,
            rule=row.rule,
            completed_at=row.completed_at,
            completed_by=Employee.of(row.completed_by),
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the to-do that another subgraph points to."""
        row = await info.context.load(TODOS, UUID(id))
        return cls.of(row) if row else None
