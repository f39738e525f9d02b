"""Projects and tasks take fields of the company's own."""

import pytest

from chassis.database import Database
from chassis.testing import Graph
from services.project.tests.test_projects import opened
from tests.custom_values import prove

pytestmark = [pytest.mark.feature("F74"), pytest.mark.feature("F78")]


async def test_custom_fields_of_projects_hold(graph: Graph, database: Database) -> None:
    ids = [(await opened(graph, database, number=number))["id"] for number in ("C-1", "C-2")]
    await prove(graph, "Project", ids=ids, listed="projects")


async def test_custom_fields_of_tasks_hold(graph: Graph, database: Database) -> None:
    project = (await opened(graph, database))["id"]
    await prove(graph, "Task", made_by="addTask", of=lambda _: {"projectId": project, "name": "安装"})
