"""Projects in files: each row brings one up to date that a contract's signature opened."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import (
    Field,
    Importable,
    Values,
    first_of,
    looked_up_by,
    named_in,
    never_made,
)
from project.employees.models import KnownEmployee
from project.projects import commands
from project.projects.models import Project

SIGN_FIRST = "a project is there when its contract is signed"


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Project:
    id, values = row
    project = await fetch(session, Project, id)
    if values.get("manager_id", project.manager_id) != project.manager_id:
        project = await commands.assign_manager(session, id, manager_id=values["manager_id"])
    return await _reschedule(session, project, values)


async def _restore(session: AsyncSession, project: Project, values: Values) -> None:
    if "manager_id" in values:
        await commands.assign_manager(session, project.id, manager_id=values["manager_id"])
    await _reschedule(session, project, values)


async def _reschedule(session: AsyncSession, project: Project, values: Values) -> Project:
    days = {name: values[name] for name in ("starts_on", "ends_on") if name in values}
    return await commands.reschedule_project(session, project.id, **days)


IMPORTABLE_PROJECTS = Importable(
    noun="project",
    name="Project",
    plural="projects",
    model=Project,
    fields=(
        Field(
            "project_id",
            ("项目", "项目名称", "合同编号", "project", "project name", "contract number"),
            kind="id",
            required=True,
            rules=("spaces",),
            lookup=looked_up_by(Project.contract_number, Project.name),
            else_do=SIGN_FIRST,
        ),
        Field(
            "manager_id",
            ("项目经理", "负责人", "manager", "project manager", "owner"),
            kind="id",
            lookup=looked_up_by(KnownEmployee.name),
        ),
        Field("starts_on", ("开始日期", "start date", "starts on", "first day"), kind="date"),
        Field(
            "ends_on",
            ("计划完成日期", "结束日期", "完成日期", "end date", "ends on", "deadline"),
            kind="date",
        ),
    ),
    key=first_of("project_id"),
    known=named_in("project_id"),
    create=never_made(SIGN_FIRST.capitalize()),
    update=changing(_update),
    restore=_restore,
    only_changes=True,
)

PROJECT_IMPORTS = imports("project", IMPORTABLE_PROJECTS)
