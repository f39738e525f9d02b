"""To-dos in the graph."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from automation.context import Info
from automation.todos import commands
from automation.todos.entities import Todo, TodoFilter
from automation.todos.queries import TODOS
from chassis.access import Principal
from chassis.conditions.tree import EVERYTHING, Group, Rule
from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import SortBy, Where, condition, ordered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.live import changed, live
from chassis.graphql.policy import Granted, SignedIn
from chassis.listing import Page
from chassis.searching.asking import Search
from roundel.automation.v1 import automation_events_pb2 as events


@strawberry.enum(description="What to-dos can be sorted by.")
class TodoSort(Enum):
    DUE_AT = "due_at"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of to-dos.")
class TodoOrder:
    by: TodoSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class TodoQueries:
    @strawberry.field(extensions=[Granted("todo", "read")], description="One to-do.")
    async def todo(self, info: Info, id: UUID) -> Todo | None:
        row = await info.context.load(TODOS, id)
        return Todo.of(row) if row else None

    @strawberry.field(extensions=[Granted("todo", "read")], description="To-dos, next due first.")
    async def todos(
        self,
        info: Info,
        filter: TodoFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: TodoOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Todo]:
        page = Page(
            first, after, last, before, condition(filter, where, TODOS), ordered(sort, sort_by), search
        )
        return await info.context.page(TODOS, page, Todo.of)

    @strawberry.field(
        extensions=[SignedIn()],
        description="The caller's inbox: what is for the caller in person or for one of the caller's roles.",
    )
    async def my_todos(
        self,
        info: Info,
        filter: TodoFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: TodoOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Todo]:
        mine = Group("and", (_mine(info.context.principal), condition(filter, where, TODOS) or EVERYTHING))
        page = Page(first, after, last, before, mine, ordered(sort, sort_by), search)
        return await info.context.page(TODOS, page, Todo.of)


def _mine(caller: Principal) -> Group:
    return Group("or", (Rule("assignee_id", "eq", caller.id), Rule("role", "in", sorted(caller.roles))))


@strawberry.input(description="Something to do.")
class CreateTodoInput(Input):
    title: str = strawberry.field(description="What is to be done.")
    assignee_id: UUID | None = strawberry.field(default=None, description="Who is asked.")
    role: str | None = strawberry.field(default=None, description="Or which role is asked.")
    due_at: datetime | None = strawberry.field(default=None, description="Until when.")
    customer_id: UUID | None = strawberry.field(default=None, description="For which customer.")
    about_type: str | None = strawberry.field(default=None, description="Type of what it is about.")
    about_id: UUID | None = strawberry.field(default=None, description="Id of what it is about.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Something that was done.")
class CompleteTodoInput(ChangeInput):
    id: UUID = strawberry.field(description="Which to-do.")


@strawberry.input(description="Something that was not done after all.")
class ReopenTodoInput(ChangeInput):
    id: UUID = strawberry.field(description="Which to-do.")


@strawberry.type(description="The to-do as it is now.")
class TodoPayload:
    todo: Todo = strawberry.field(description="The to-do.")


@strawberry.type
class TodoMutations:
    @strawberry.mutation(
        extensions=[Granted("todo", "create")], description="Ask somebody, or a role, to do something."
    )
    async def create_todo(self, info: Info, input: CreateTodoInput) -> TodoPayload:
        row = await info.context.change(
            input,
            lambda session: commands.create_todo(
                session,
                title=input.title,
                assignee_id=input.assignee_id,
                role=input.role,
                due_at=input.due_at,
                customer_id=input.customer_id,
                about_type=input.about_type,
                about_id=input.about_id,
                custom=input.custom,
            ),
        )
        return TodoPayload(todo=Todo.of(row))

    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Note that something was done: one's own, one's roles', or with todo:update anybody's.",
    )
    async def complete_todo(self, info: Info, input: CompleteTodoInput) -> TodoPayload:
        row = await info.context.change(
            input,
            lambda session: commands.complete_todo(
                session, input.id, expected_version=input.expected_version
            ),
        )
        return TodoPayload(todo=Todo.of(row))

    @strawberry.mutation(extensions=[SignedIn()], description="Undo `completeTodo`.")
    async def reopen_todo(self, info: Info, input: ReopenTodoInput) -> TodoPayload:
        row = await info.context.change(
            input,
            lambda session: commands.reopen_todo(session, input.id, expected_version=input.expected_version),
        )
        return TodoPayload(todo=Todo.of(row))


EVENTS = (events.TodoCreated, events.TodoCompleted, events.TodoReopened)


@strawberry.type
class TodoSubscriptions:
    todos: Todo = live(
        SignedIn(),
        EVENTS,
        description="What comes into the caller's inbox, and what is done of it; see `myTodos`.",
        caller=("assigneeId", "role"),
    )
    todo_changed: Todo = changed(
        Granted("todo", "read"), *EVENTS, description="A to-do, whenever it changes."
    )
