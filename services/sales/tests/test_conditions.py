"""Lists take conditions over all their fields, over related records, and over whoever is asking."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.database import Database
from chassis.testing import Graph, deliver, employee, statements
from roundel.customer.v1 import customer_events_pb2 as customers
from sales.consumers import HANDLERS
from services.sales.tests.steps import money, opportunity

QUERY = """query ($where: Condition, $filter: OpportunityFilter) {
  opportunities(where: $where, filter: $filter, sort: {by: NAME}) { nodes { name } totalCount }
}"""


async def named(graph: Graph, *rules: dict[str, Any], filter: Any = None, by: Any = None) -> list[str]:
    answer = await graph(QUERY, {"where": {"rules": list(rules)}, "filter": filter}, by=by)
    assert not answer.errors, answer.errors
    found = answer.data["opportunities"]
    names = [node["name"] for node in found["nodes"]]
    assert found["totalCount"] == len(names)
    return names


def rule(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


async def in_industry(database: Database, industry: str) -> str:
    """Let the customer service tell of a customer."""
    id = uuid4()
    told = customers.CustomerRegistered(
        customer_id=str(id), version=1, name=f"{industry} Co", industry=industry
    )
    await deliver(database, "sales", HANDLERS, told)
    return str(id)


async def test_a_list_takes_a_condition_beside_its_filter(graph: Graph) -> None:
    await opportunity(graph, name="A", amount=money("100"))
    await opportunity(graph, name="B", amount=money("300"))
    await opportunity(graph, name="C", amount=None)

    assert await named(graph, rule("amount", "between", [50, "200.00"])) == ["A"]
    assert await named(graph, rule("amount", "isEmpty")) == ["C"]
    assert await named(graph, rule("status", "in", ["OPEN"]), filter={"name": {"ne": "A"}}) == ["B", "C"]
    assert await named(graph, rule("createdAt", "gte", {"relative": "now", "offset": {"hours": -1}})) == [
        "A",
        "B",
        "C",
    ]
    assert await named(graph, rule("createdAt", "lt", {"relative": "today", "offset": {"days": -7}})) == []


async def test_a_condition_asks_a_related_record_in_the_same_statement(
    graph: Graph, database: Database
) -> None:
    for industry in ("制造业", "制造业-汽车零配件", "制造业协会", "零售"):
        await opportunity(graph, name=industry, customerId=await in_industry(database, industry))

    with statements(database) as ran:
        found = await named(graph, rule("customer.industry", "inSubtree", "制造业"))

    assert found == ["制造业", "制造业-汽车零配件"]
    assert 0 < len(ran) <= 2  # the rows and their count


async def test_me_in_a_condition_is_the_caller(graph: Graph, database: Database) -> None:
    await opportunity(graph, name="A")
    me = replace(employee(), id=UUID(int=7))
    assert await named(graph, rule("createdBy", "eq", {"bound": "me"}), by=me) == []
    assert await named(graph, rule("createdBy", "ne", {"bound": "me"}), by=me) == ["A"]


@pytest.mark.parametrize(
    ("where", "path", "says"),
    [
        ({"rules": [rule("secret", "eq", 1)]}, ["where", "rules", 0, "field"], "no field"),
        ({"rules": [rule("evidence", "eq", 1)]}, ["where", "rules", 0, "field"], "no field"),
        (
            {"rules": [{"rules": [rule("amount", "contains", "1")]}]},
            ["where", "rules", 0, "rules", 0, "operator"],
            "use eq, ne",
        ),
        ({"rules": [rule("closedOn", "lt", "soon")]}, ["where", "rules", 0, "value"], "a day like"),
        ({"rules": [rule("status", "changedTo", "WON")]}, ["where", "rules", 0, "operator"], "state before"),
        ({"version": 3, "rules": []}, ["where", "version"], "not known"),
    ],
)
async def test_what_cannot_be_meant_is_named_by_its_path(
    graph: Graph, where: dict[str, Any], path: list[Any], says: str
) -> None:
    answer = await graph(QUERY, {"where": where})
    [error] = answer.errors
    assert (error["extensions"]["code"], error["extensions"]["inputPath"]) == ("INVALID", path)
    assert says in error["message"]


async def test_a_condition_that_is_no_object_is_refused(graph: Graph) -> None:
    answer = await graph('{ opportunities(where: "all") { totalCount } }')
    assert "is no condition" in answer.errors[0]["message"]
