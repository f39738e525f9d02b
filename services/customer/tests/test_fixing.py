"""Fixing: one field of many records filled or cleaned, tried first, and taken back."""

from typing import Any

import pytest

from chassis.database import Database
from chassis.importing.worker import ImportWorker
from chassis.testing import Graph, employee, outbox
from customer.imports import IMPORTABLES
from services.customer.tests.test_companies import register

FIX = "mutation($input: FixCustomersInput!) { fix: fixCustomers(input: $input) { import { id } } }"
SEEN = (
    """query($id: ID!) { customerImport(id: $id) { state rows updated refused cleaned { rule examples } } }"""
)
UNDO = "mutation($id: ID!) { undoCustomerImport(input: {id: $id}) { import { state } } }"
SHOWN = "{ customers { nodes { name region source } } }"


async def fix(graph: Graph, database: Database, **input: Any) -> tuple[str, Any]:
    answer = await graph(FIX, {"input": input})
    assert not answer.errors, answer.errors
    id = str(answer.data["fix"]["import"]["id"])
    await ImportWorker(database, IMPORTABLES).work()
    return id, (await graph(SEEN, {"id": id})).data["customerImport"]


async def shown(graph: Graph, field: str) -> dict[str, Any]:
    nodes = (await graph(SHOWN)).data["customers"]["nodes"]
    return {node["name"]: node[field] for node in nodes}


@pytest.mark.feature("F20")
async def test_a_field_is_cleaned_where_it_needs_it_after_a_trial_and_back(
    graph: Graph, database: Database
) -> None:
    for name, region in (("A", "华　东"), ("B", "华东"), ("C", None), ("D", "East  Coast")):
        await register(graph, name, region=region)
    told = len(await outbox(database))
    asked = {"field": "region", "rules": [{"rule": "width"}, {"rule": "spaces"}]}

    _, tried = await fix(graph, database, **asked, dryRun=True)
    assert (tried["rows"], tried["updated"], len(await outbox(database))) == (2, 2, told)
    assert {note["rule"]: note["examples"] for note in tried["cleaned"]} == {
        "width": ["华　东 → 华 东"],
        "spaces": ["East  Coast → East Coast"],
    }
    id, done = await fix(graph, database, **asked)

    assert (done["state"], done["updated"]) == ("DONE", 2)
    assert await shown(graph, "region") == {"A": "华 东", "B": "华东", "C": None, "D": "East Coast"}
    assert len(await outbox(database)) == told + 2
    assert not (await graph(UNDO, {"id": id})).errors
    await ImportWorker(database, IMPORTABLES).work()
    assert await shown(graph, "region") == {"A": "华　东", "B": "华东", "C": None, "D": "East  Coast"}


@pytest.mark.feature("F20")
async def test_a_field_is_filled_in_the_chosen_records_that_lack_it(graph: Graph, database: Database) -> None:
    for name, source in (("A", "expo"), ("B", None), ("C", None)):
        await register(graph, name, source=source)
    chosen = {"filter": {"name": {"in": ["A", "B"]}}, "field": "source", "value": "展会"}

    _, done = await fix(graph, database, **chosen, onlyEmpty=True)

    assert (done["rows"], done["updated"]) == (1, 1)
    assert await shown(graph, "source") == {"A": "expo", "B": "展会", "C": None}


async def test_what_cannot_be_is_refused(graph: Graph) -> None:
    for input, code in (
        ({"field": "nonsense"}, "INVALID"),
        ({"field": "region", "rules": [{"rule": "nonsense"}]}, "INVALID"),
    ):
        assert (await graph(FIX, {"input": input})).codes == [code]
    reader = employee("customer:read", "customer:update")
    assert (await graph(FIX, {"input": {"field": "region"}}, by=reader)).codes == ["FORBIDDEN"]
