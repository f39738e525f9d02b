"""Employees in files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, first_of, known_by, looked_up_by
from identity.employees import commands
from identity.employees.models import Employee
from identity.teams.models import Team


def _check_roles(row: Values) -> None:
    if row.get("roles"):
        access.current().require("employee", "change_roles")


async def _create(session: AsyncSession, row: Values) -> Employee:
    _check_roles(row)
    return await commands.register_employee(session, **row)


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Employee:
    id, values = row
    _check_roles(values)
    employee = await session.get_one(Employee, id)
    if values.get("team_id", employee.team_id) != employee.team_id:
        employee = await commands.move_employee(session, id, team_id=values["team_id"])
    if values.get("roles") and sorted(set(values["roles"])) != sorted(employee.roles):
        employee = await commands.change_roles(session, id, roles=values["roles"])
    return employee


async def _restore(session: AsyncSession, employee: Employee, values: Values) -> None:
    if "team_id" in values:
        await commands.move_employee(session, employee.id, team_id=values["team_id"])
    if "roles" in values:
        await commands.change_roles(session, employee.id, roles=values["roles"])


async def _remove(session: AsyncSession, employee: Employee) -> None:
    if employee.active:
        await commands.deactivate_employee(session, employee.id, reason="The import was undone")


IMPORTABLE_EMPLOYEES = Importable(
    noun="employee",
    name="Employee",
    plural="employees",
    model=Employee,
    fields=(
        Field("name", ("姓名", "员工", "full name"), required=True, rules=("spaces",), longest=200),
        Field("email", ("邮箱", "电子邮箱", "mail", "e-mail"), required=True, rules=("email",), longest=320),
        Field("team_id", ("团队", "部门", "team", "department"), kind="id", lookup=looked_up_by(Team.name)),
        Field("roles", ("角色", "role"), kind="list"),
        Field("external_id", ("工号", "外部编号", "employee id", "staff number"), longest=100),
    ),
    key=first_of("email"),
    known=known_by(email=Employee.email, external_id=Employee.external_id),
    create=each(_create),
    update=changing(_update),
    remove=_remove,
    restore=_restore,
)

EMPLOYEE_IMPORTS = imports("identity", IMPORTABLE_EMPLOYEES)
