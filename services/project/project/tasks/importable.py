"""Tasks in files: each row adds one to a project."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

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
from project.employees.models import KnownEmployee
from project.projects.models import Project
from project.tasks import commands
from project.tasks.models import Task


async def _create(session: AsyncSession, row: Values) -> Task:
    given: Any = row
    return await commands.add_task(session, **given)


IMPORTABLE_TASKS = Importable(
    noun="task",
    name="Task",
    plural="tasks",
    model=Task,
    fields=(
        Field(
            "project_id",
            ("项目", "项目名称", "合同编号", "project", "contract number"),
            kind="id",
            required=True,
            rules=("spaces",),
            lookup=looked_up_by(Project.contract_number, Project.name),
        ),
        Field("name", ("任务", "任务名称", "task"), required=True, rules=("spaces",), longest=200),
        Field("due_on", ("截止日期", "到期日", "due", "deadline"), kind="date"),
        Field(
            "assignee_id",
            ("负责人", "执行人", "assignee", "owner"),
            kind="id",
            lookup=looked_up_by(KnownEmployee.name),
        ),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.remove_task,
)

TASK_IMPORTS = imports("project", IMPORTABLE_TASKS)
