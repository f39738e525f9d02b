"""Files of employees."""

import pytest

from chassis.importing.testing import Clerk, counts
from chassis.service import Runtime
from chassis.testing import Graph, employee
from identity.__main__ import make
from identity.employees.importable import IMPORTABLE_EMPLOYEES

FILE = "姓名,邮箱,团队,角色\n张三,Zhang@Example.com,华东,\n李四,li@example.com,,salesperson\n"


@pytest.mark.feature("F21")
async def test_employees_come_into_their_teams_and_leave_when_undone(runtime: Runtime, graph: Graph) -> None:
    await graph('mutation { createTeam(input: {name: "华东"}) { team { id } } }')
    clerk = Clerk(make(), runtime, IMPORTABLE_EMPLOYEES)

    done = await clerk.bring(FILE)

    assert counts(done) == {"created": 2}
    seen = "{ employees(sort: {by: EMAIL}) { nodes { email active team { name } } } }"
    nodes = (await graph(seen)).data["employees"]["nodes"]
    assert {"email": "zhang@example.com", "active": True, "team": {"name": "华东"}} in nodes

    moved = await clerk.bring("姓名,邮箱,角色\n李四,li@example.com,marketer\n", duplicates="UPDATE")
    assert counts(await clerk.undo(moved["id"])) == {"updated": 1, "restored": 1}
    roles = (await graph("{ employees { nodes { email roles } } }")).data["employees"]["nodes"]
    assert {"email": "li@example.com", "roles": ["salesperson"]} in roles

    await clerk.bring("姓名,邮箱,团队\n王五,wang@example.com,华东\n")
    assert counts(await clerk.undo(done["id"])) == {"created": 2, "removed": 1, "left": 1}
    assert {"email": "zhang@example.com", "active": False, "team": {"name": "华东"}} in (
        await graph(seen)
    ).data["employees"]["nodes"]


async def test_who_may_not_change_roles_gives_none_by_a_file(runtime: Runtime) -> None:
    by = employee("employee:import")
    clerk = Clerk(make(), runtime, IMPORTABLE_EMPLOYEES, by=by)

    done = await clerk.bring(FILE.replace("华东", ""))

    assert counts(done) == {"created": 1, "refused": 1}
