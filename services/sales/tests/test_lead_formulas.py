"""Formula fields: computed from the other fields of a record, and used like any of them."""

import pytest

from chassis.database import Database
from chassis.testing import Graph
from sales.consumers import HANDLERS
from services.sales.tests import test_rollups as rolled_up
from services.sales.tests.steps import do, money, opportunity, refused
from services.sales.tests.test_lead_fields import custom, define, lead, put, values_of
from services.sales.tests.test_lead_lists import listed, rule
from tests.access.people import Company, grant


async def priced(graph: Graph) -> None:
    await define(graph, "price", "decimal")
    await define(graph, "pieces", "integer")
    await define(graph, "total", "formula", settings={"expression": "custom.price * custom.pieces"})


@pytest.mark.feature("F75")
async def test_a_formula_follows_the_fields_that_it_names(graph: Graph) -> None:
    await priced(graph)

    made = await lead(graph, price="2.5", pieces=3)

    assert values_of(made)["total"] == "7.5"
    assert values_of(await put(graph, made["id"], pieces=10))["total"] == "25"
    assert values_of(await put(graph, made["id"], pieces=None))["total"] is None
    entered = {"company": "A", "custom": custom(total="1")}
    assert (await refused(graph, "createLead", entered))["code"] == "INVALID"


@pytest.mark.feature("F78")
async def test_a_formula_defined_later_is_computed_for_leads_that_are_there(graph: Graph) -> None:
    await define(graph, "price", "decimal")
    made = await lead(graph, price="5")
    await define(graph, "double", "formula", settings={"expression": "custom.price * 2"})
    await do(graph, "createLead", {"company": "Other", "custom": custom(price="1")}, "lead { id }")

    assert await listed(graph, where=rule("custom.double", "gt", 9)) == ["Acme"]
    assert await listed(graph, by={"field": "custom.double"}) == ["Other", "Acme"]
    changed = {"key": "double", "settings": {"expression": "custom.price * 3"}}
    await do(graph, "changeLeadField", changed, "field { settings }")
    assert values_of(await put(graph, made["id"]))["double"] == "15"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"expression": "custom.nothing + 1"}, ["input", "settings", "expression"]),
        ({"expression": "custom.price +"}, ["input", "settings", "expression"]),
        ({"expression": "custom.price > 1"}, ["input", "settings", "result"]),
        ({}, ["input", "settings", "expression"]),
    ],
)
async def test_a_formula_that_cannot_be_is_refused(graph: Graph, settings: object, path: list[str]) -> None:
    await define(graph, "price", "decimal")
    given = {"key": "f", "type": "formula", "labelZh": "f", "labelEn": "f", "settings": settings}

    assert (await refused(graph, "defineLeadField", given))["inputPath"] == path


@pytest.mark.feature("F75")
async def test_a_formula_over_standard_fields_follows_whatever_changes_them(
    graph: Graph, database: Database
) -> None:
    old = await opportunity(graph, name="old")
    share = {"expression": "amount * custom.share / 100"}
    await rolled_up.define(graph, "share", type="percent", default="10")
    await rolled_up.define(graph, "fee", type="formula", settings=share)
    open = {"expression": 'status == "OPEN"', "result": "boolean"}
    await rolled_up.define(graph, "running", type="formula", settings=open)
    id = await opportunity(graph, name="new", amount=money("200"))
    assert await rolled_up.totals(graph, "fee") == {"new": "20", "old": "100"}

    await do(graph, "loseOpportunity", {"id": old, "reason": "Price"}, "opportunity { id }")
    most = {"combinator": "and", "rules": [{"field": "custom.running", "operator": "eq", "value": True}]}
    assert await rolled_up.totals(graph, "running", where=most) == {"new": True}
    changed = {"id": id, "custom": [{"key": "share", "value": "50"}]}
    mutation = "mutation($i: SetCustomFieldsInput!) { setOpportunityCustomFields(input: $i) { __typename } }"
    assert not (await graph(mutation, {"i": changed})).errors
    assert (await rolled_up.totals(graph, "fee"))["new"] == "100"

    company = Company(database, "sales", HANDLERS)
    await company.role("blind", grant("opportunity", "read", hide=["amount"]))
    blind = await company.person("blind")
    assert set((await rolled_up.totals(graph, "fee", by=blind)).values()) == {None}
    assert (await rolled_up.totals(graph, "running", by=blind))["new"] is True
    refusal = await graph(rolled_up.LIST, {"by": {"field": "custom.fee"}}, by=blind)
    assert refusal.codes == ["INVALID"]


async def test_a_division_by_nothing_leaves_the_value_empty(graph: Graph) -> None:
    await define(graph, "price", "decimal")
    await define(graph, "f", "formula", settings={"expression": "1 / custom.price"})

    assert values_of(await lead(graph, price=0))["f"] is None


async def test_a_field_that_a_formula_names_is_neither_retired_nor_made_a_text(graph: Graph) -> None:
    await priced(graph)

    assert (await refused(graph, "retireLeadField", {"key": "price"}))["code"] == "CONFLICT"
    assert (await refused(graph, "changeLeadField", {"key": "price", "type": "tags"}))["code"] == "INVALID"
