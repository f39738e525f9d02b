"""To-dos take fields of the company's own."""

import pytest

from chassis.database import Database
from chassis.testing import Graph
from services.automation.tests.test_todos import known
from tests.custom_values import prove


@pytest.mark.feature("F74")
@pytest.mark.feature("F78")
async def test_custom_fields_of_todos_hold(graph: Graph, database: Database) -> None:
    given = {"title": "回访", "assigneeId": str(await known(database))}
    await prove(graph, "Todo", made_by="createTodo", of=lambda _: given, listed="todos")
