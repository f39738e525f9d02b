"""To-dos in files: each row asks for one thing."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from automation.employees.models import KnownEmployee
from automation.todos import commands
from automation.todos.models import Todo
from chassis.importing.graphql import imports
from chassis.importing.importable import (
    Field,
    Importable,
    Values,
    each,
    looked_up_by,
    never_changed,
    none_known,
)


async def _create(session: AsyncSession, row: Values) -> Todo:
    given: Any = row
    return await commands.create_todo(session, **given)


IMPORTABLE_TODOS = Importable(
    noun="todo",
    name="Todo",
    plural="to-dos",
    model=Todo,
    fields=(
        Field(
            "title", ("待办", "标题", "事项", "to-do", "what"), required=True, rules=("spaces",), longest=500
        ),
        Field(
            "assignee_id",
            ("负责人", "执行人", "assignee", "owner"),
            kind="id",
            lookup=looked_up_by(KnownEmployee.name),
        ),
        Field("role", ("角色",), longest=50),
        Field("due_at", ("截止时间", "到期", "due", "deadline"), kind="datetime"),
        Field("customer_id", ("客户编号", "customer"), kind="id"),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.remove_todo,
)

TODO_IMPORTS = imports("automation", IMPORTABLE_TODOS)
