"""Reads of to-dos."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from automation.todos.models import Todo
from chassis.listing import Listing

TODOS = Listing(
    noun="todo",
    table=Todo.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Todo.__table__.c},
    sorts=("due_at", "created_at"),
    default=(("due_at", "asc"),),
    owner="assignee_id",
)


async def made_by_rule(session: AsyncSession, rule: str, about_id: UUID) -> Todo | None:
    """Return what a rule made for a record, locked until the transaction ends."""
    made = select(Todo).where(Todo.rule == rule, Todo.about_id == about_id)
    return await session.scalar(made.with_for_update())
