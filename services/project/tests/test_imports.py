"""Files of projects: they bring up to date what signatures opened."""

from uuid import uuid4

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph
from project.__main__ import make
from project.projects.importable import IMPORTABLE_PROJECTS
from services.project.tests.test_projects import hire, sign, signature, told

SEEN = "{ projects { nodes { startsOn endsOn manager { id } milestones { dueOn status } } } }"
FILE = "合同编号,项目经理,计划完成日期\nC-2026-0001,Ada,2026/9/6\nC-2026-0099,Ada,\n官网改版,Nobody,\n"


@pytest.mark.feature("F21", "F50")
async def test_a_file_plans_projects_and_names_their_managers_until_it_is_undone(
    graph: Graph, database: Database
) -> None:
    ada = uuid4()
    await hire(database, ada)
    await sign(database, signature())
    [before] = (await graph(SEEN)).data["projects"]["nodes"]
    projects = Clerk(make(), testing.runtime(database), IMPORTABLE_PROJECTS)

    done = await projects.bring(FILE)

    assert counts(done) == {"updated": 1, "refused": 2}
    assert "a project is there when its contract is signed" in str(done["reasons"])
    [after] = (await graph(SEEN)).data["projects"]["nodes"]
    assert (after["manager"], after["endsOn"]) == ({"id": str(ada)}, "2026-09-06")
    assert [milestone["dueOn"] for milestone in after["milestones"]] == [
        "2026-03-10",
        "2026-08-01",
        "2026-09-06",
    ]
    assert counts(await projects.undo(done["id"]))["restored"] == 1
    assert (await graph(SEEN)).data["projects"]["nodes"] == [before]
    assert [event.get("managerId") for event in await told(database, "ProjectManagerAssigned")] == [
        str(ada),
        None,
    ]
    assert [event["endsOn"] for event in await told(database, "ProjectRescheduled")] == [
        "2026-09-06",
        "2026-06-18",
    ]
