"""What can happen to a to-do."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from automation.employees.queries import is_active, is_held
from automation.todos.models import Todo, TodoStatus
from chassis import access
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from roundel.automation.v1 import automation_events_pb2 as events


async def create_todo(
    session: AsyncSession,
    *,
    title: str,
    title_en: str | None = None,
    assignee_id: UUID | None = None,
    role: str | None = None,
    due_at: datetime | None = None,
    customer_id: UUID | None = None,
    about_type: str | None = None,
    about_id: UUID | None = None,
    custom: Sequence[Given] | None = None,
) -> Todo:
    """Ask a person, or whoever of a role takes it, to do something.

    Raises Invalid when nobody is asked, or nobody who works here.
    """
    if assignee_id is None and not role:
        raise Invalid("A to-do is for somebody: name an assignee or a role", path=("input", "assigneeId"))
    if assignee_id and not await is_active(session, assignee_id):
        raise Invalid("This assignee does not work here", path=("input", "assigneeId"))
    if role and not await is_held(session, role):
        raise Invalid(f"Nobody who works here has the role {role}", path=("input", "role"))
    if (about_type is None) is not (about_id is None):
        raise Invalid("aboutType and aboutId go together", path=("input", "aboutId"))
    todo = Todo(
        title=_title(title),
        title_en=title_en,
        status=TodoStatus.OPEN,
        assignee_id=assignee_id,
        role=role or None,
        due_at=due_at,
        customer_id=customer_id,
        about_type=about_type,
        about_id=about_id,
    )
    await fields.write(session, todo, custom)
    session.add(todo)
    await session.flush()
    _tell_created(session, todo)
    return todo


async def add_by_rule(session: AsyncSession, todo: Todo) -> bool:
    """Add what a rule wants done; tell False when the rule made one for this record already."""
    try:
        async with session.begin_nested():
            session.add(todo)
    except IntegrityError:
        return False
    _tell_created(session, todo)
    return True


async def remove_todo(session: AsyncSession, todo: Todo) -> None:
    """Forget what was asked for by mistake; raises Conflict when it was done."""
    if todo.status is TodoStatus.DONE:
        raise Conflict(f"{todo.title} was done already")
    await session.delete(todo)
    await session.flush()
    removed = events.TodoRemoved(
        todo_id=str(todo.id),
        version=todo.version + 1,
        title=todo.title,
        customer_id=str(todo.customer_id or ""),
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=todo.id)


async def complete_todo(session: AsyncSession, id: UUID, *, expected_version: int | None = None) -> Todo:
    """Note that it was done; one's own, one's roles', or with todo:update anybody's."""
    todo = await _own(session, id, expected_version)
    if todo.status is TodoStatus.DONE:
        raise Conflict("This was done already", completedBy=str(todo.completed_by or ""))
    todo.status, todo.completed_at, todo.completed_by = TodoStatus.DONE, now(), access.actor_id()
    await session.flush()
    completed = events.TodoCompleted(
        todo_id=str(todo.id),
        version=todo.version,
        title=todo.title,
        customer_id=str(todo.customer_id or ""),
        completed_by=str(todo.completed_by or ""),
        assignee_id=str(todo.assignee_id or ""),
        role=todo.role or "",
    )
    completed.occurred_at.FromDatetime(todo.completed_at)
    emit(session, completed, subject=todo.id)
    return todo


async def reopen_todo(session: AsyncSession, id: UUID, *, expected_version: int | None = None) -> Todo:
    """Take back that it was done."""
    todo = await _own(session, id, expected_version)
    if todo.status is TodoStatus.OPEN:
        raise Conflict("This is still to be done")
    todo.status, todo.completed_at, todo.completed_by = TodoStatus.OPEN, None, None
    await session.flush()
    reopened = events.TodoReopened(
        todo_id=str(todo.id),
        version=todo.version,
        title=todo.title,
        customer_id=str(todo.customer_id or ""),
        assignee_id=str(todo.assignee_id or ""),
        role=todo.role or "",
    )
    reopened.occurred_at.FromDatetime(now())
    emit(session, reopened, subject=todo.id)
    return todo


async def _own(session: AsyncSession, id: UUID, expected_version: int | None) -> Todo:
    todo = await fetch(session, Todo, id, expected_version=expected_version)
    caller = access.current()
    if todo.assignee_id != caller.id and todo.role not in caller.roles:
        caller.require("todo", "update")
    return todo


def _title(title: str) -> str:
    clean = " ".join(title.split())
    if not 1 <= len(clean) <= 500:
        raise Invalid("The title of a to-do has 1 to 500 characters", path=("input", "title"))
    return clean


def _tell_created(session: AsyncSession, todo: Todo) -> None:
    created = events.TodoCreated(
        todo_id=str(todo.id),
        version=todo.version,
        assignee_id=str(todo.assignee_id or ""),
        role=todo.role or "",
        title=todo.title,
        about_type=todo.about_type or "",
        about_id=str(todo.about_id or ""),
        customer_id=str(todo.customer_id or ""),
    )
    created.occurred_at.FromDatetime(todo.created_at)
    if todo.due_at:
        created.due_at.FromDatetime(todo.due_at)
    emit(session, created, subject=todo.id)
