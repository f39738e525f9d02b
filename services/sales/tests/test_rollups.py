"""Roll-ups: a deal shows what its quotes amount to, of the quotes that the reader may see."""

import csv
import io
from typing import Any

import orjson
import pytest

from chassis import testing
from chassis.access import Principal
from chassis.database import Database
from chassis.edges.testing import Edge
from chassis.testing import Graph, statements
from sales.__main__ import make
from sales.consumers import HANDLERS
from services.sales.tests.steps import do, money, opportunity, product, refused
from tests.access.people import Company, grant

pytestmark = pytest.mark.feature("F74")
LIST = """query($where: Condition, $by: FieldOrder) { opportunities(where: $where, sortBy: $by) {
  totalCount nodes { name customFields { key value } } } }"""
QUOTES = {"object": "quote", "function": "count"}
BIG = {"combinator": "and", "rules": [{"field": "listTotal", "operator": "gt", "value": 250}]}
SHARED_INPUT = "mutation($i: DefineFieldInput!) { defineOpportunityField(input: $i) { field { settings } } }"


async def define(graph: Graph, key: str, of: str = "Opportunity", type: str = "roll_up", **told: Any) -> Any:
    mutation = SHARED_INPUT.replace("Opportunity", of)
    given = {"key": key, "type": type, "labelZh": "汇总", "labelEn": key, **told}
    return await graph(mutation, {"i": given})


async def totals(graph: Graph, key: str, *, by: Principal | None = None, **variables: Any) -> dict[str, Any]:
    answer = await graph(LIST, variables, by=by)
    assert not answer.errors, answer.errors
    return {
        node["name"]: {each["key"]: each["value"] for each in node["customFields"]}.get(key)
        for node in answer.data["opportunities"]["nodes"]
    }


@pytest.fixture
async def deals(graph: Graph) -> dict[str, str]:
    """A deal with quotes of 100 and 300, one with a quote of 200 and one with none."""
    sold = await product(graph)
    ids = {name: await opportunity(graph, name=name) for name in ("two", "one", "none")}
    for name, quantity in (("two", "1"), ("two", "3"), ("one", "2")):
        given = {"opportunityId": ids[name], "lines": [{"productId": sold, "quantity": quantity}]}
        await do(graph, "createQuote", given, "quote { id }")
    return ids


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"function": "count"}, {"two": 2, "one": 1, "none": 0}),
        ({"function": "count", "where": BIG}, {"two": 1, "one": 0, "none": 0}),
        ({"function": "sum", "field": "total"}, {"two": "400", "one": "200", "none": "0"}),
        ({"function": "average", "field": "total"}, {"two": "200", "one": "200", "none": None}),
        ({"function": "max", "field": "listTotal"}, {"two": "300", "one": "200", "none": None}),
    ],
)
async def test_related_records_are_rolled_up_and_lists_chosen_and_sorted_by_it(
    graph: Graph, deals: dict[str, str], settings: Any, found: dict[str, Any]
) -> None:
    assert not (await define(graph, "offers", settings={"object": "quote", **settings})).errors

    assert await totals(graph, "offers") == found
    most = {"combinator": "and", "rules": [{"field": "custom.offers", "operator": "lte", "value": "1"}]}
    small = {name for name, value in found.items() if value is not None and float(value) <= 1}
    assert set(await totals(graph, "offers", where=most)) == small


async def test_a_list_costs_one_statement_more_and_sorts_by_a_day(
    graph: Graph, deals: dict[str, str], database: Database
) -> None:
    day = {"object": "quote", "function": "min", "field": "quotedOn", "result": "date"}
    await define(graph, "quoted", settings=day)
    await define(graph, "offers", settings=QUOTES)

    with statements(database) as ran:
        answer = await graph(LIST, {"by": {"field": "custom.offers", "direction": "DESC"}})

    assert [node["name"] for node in answer.data["opportunities"]["nodes"]] == ["two", "one", "none"]
    assert 0 < len([each for each in ran if "opportunity" in each]) <= 3, "rows, count, roll-ups"
    assert (await totals(graph, "quoted"))["none"] is None


async def test_amounts_in_several_currencies_have_no_sum(graph: Graph, deals: dict[str, str]) -> None:
    given = {"sku": "E", "name": "Export", "listPrice": money("9", "EUR"), "validFrom": "2020-01-01"}
    abroad = (await do(graph, "createProduct", given, "product { id }"))["product"]["id"]
    line = {"opportunityId": deals["two"], "lines": [{"productId": abroad, "quantity": "1"}]}
    await do(graph, "createQuote", line, "quote { id }")
    await define(graph, "offered", settings={"object": "quote", "function": "sum", "field": "total"})

    assert await totals(graph, "offered") == {"two": None, "one": "200", "none": "0"}


async def test_a_roll_up_is_of_what_the_reader_may_see(
    graph: Graph, deals: dict[str, str], database: Database
) -> None:
    await define(graph, "offers", settings=QUOTES)
    await define(graph, "offered", settings={"object": "quote", "function": "sum", "field": "total"})
    company = Company(database, "sales", HANDLERS)
    deal = grant("opportunity", "read")
    await company.role("narrow", deal, grant("quote", "read", ["own"]))
    await company.role("blind", deal, grant("quote", "read", hide=["total"]))
    await company.role("stranger", deal)

    seen = {"two": 0, "one": 0, "none": 0}
    assert await totals(graph, "offers", by=await company.person("narrow")) == seen
    blind = await company.person("blind")
    assert (await totals(graph, "offers", by=blind))["two"] == 2
    assert set((await totals(graph, "offered", by=blind)).values()) == {None}
    assert set((await totals(graph, "offers", by=await company.person("stranger"))).values()) == {None}
    rules = [{"field": "custom.offered", "operator": "gt", "value": 1}]
    refusal = await graph(LIST, {"where": {"combinator": "and", "rules": rules}}, by=blind)
    assert refusal.codes == ["INVALID"]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"object": "planet", "function": "count"}, ["object"]),
        ({"object": "opportunity", "function": "count"}, ["object"]),
        ({"object": "quote", "function": "median"}, ["function"]),
        ({"object": "quote", "function": "sum"}, ["field"]),
        ({"object": "quote", "function": "sum", "field": "quotedOn"}, ["field"]),
        ({"object": "quote", "function": "max", "field": "quotedOn"}, ["result"]),
        ({"object": "quote", "function": "sum", "field": "custom.gone"}, ["field"]),
        ({"object": "quote", "function": "count", "by": "number"}, ["by"]),
        (
            {**QUOTES, "where": {"rules": [{"field": "planet", "operator": "isEmpty"}]}},
            ["where", "rules", 0, "field"],
        ),
    ],
)
async def test_what_cannot_be_rolled_up_is_refused_with_its_place(
    graph: Graph, settings: Any, path: list[Any]
) -> None:
    [error] = (await define(graph, "offers", settings=settings)).errors

    assert error["extensions"]["inputPath"] == ["input", "settings", *path]


async def test_custom_fields_are_rolled_up_and_stay_while_they_are(
    graph: Graph, deals: dict[str, str]
) -> None:
    await define(graph, "weight", "Quote", "decimal")
    heavy = {"object": "quote", "function": "max", "field": "custom.weight"}
    assert not (await define(graph, "heaviest", settings=heavy)).errors
    given = {"id": (await _quote_of(graph)), "custom": [{"key": "weight", "value": "7.5"}]}
    mutation = "mutation($i: SetCustomFieldsInput!) { setQuoteCustomFields(input: $i) { quote { id } } }"
    assert not (await graph(mutation, {"i": given})).errors

    assert "7.5" in (await totals(graph, "heaviest")).values()
    retire = 'mutation { retireQuoteField(input: {key: "weight"}) { field { key } } }'
    assert (await graph(retire)).codes == ["CONFLICT"]
    entered = {"name": "X", "custom": [{"key": "heaviest", "value": "1"}]}
    assert (await refused(graph, "openOpportunity", entered))["code"] == "INVALID"


async def test_an_export_has_roll_ups_by_one_statement_a_page(
    graph: Graph, deals: dict[str, str], database: Database
) -> None:
    await define(graph, "offers", settings=QUOTES)
    await define(graph, "offered", settings={"object": "quote", "function": "sum", "field": "total"})
    export = "mutation($i: ExportOpportunitiesInput!) { exportOpportunities(input: $i) { path } }"
    edge = Edge(make(), testing.runtime(database))
    shown = {}
    for format in ("JSONL", "CSV"):
        path = (await graph(export, {"i": {"format": format}})).data["exportOpportunities"]["path"]
        with statements(database) as ran:
            shown[format] = (await edge.get(path.replace("/exports/sales", "/exports"))).body.decode()
        assert len([each for each in ran if "quote" in each]) == 1

    rows = [orjson.loads(line) for line in shown["JSONL"].splitlines()]
    assert {row["name"]: (row["custom.offers"], row["custom.offered"]) for row in rows} == {
        "two": (2, "400"),
        "one": (1, "200"),
        "none": (0, "0"),
    }
    table = csv.DictReader(io.StringIO(shown["CSV"].removeprefix("\ufeff")))
    assert {row["name"]: row["custom.offered"] for row in table} == {"two": "400", "one": "200", "none": "0"}


async def test_conditions_on_one_record_cannot_name_a_roll_up(graph: Graph, deals: dict[str, str]) -> None:
    await define(graph, "offers", settings=QUOTES)
    many = {"combinator": "and", "rules": [{"field": "custom.offers", "operator": "gt", "value": 1}]}

    [error] = (await define(graph, "rival", type="text", visibleWhen=many)).errors
    assert error["extensions"]["inputPath"] == ["input", "visibleWhen", "rules", 0, "field"]
    assert error["message"].startswith("custom.offers is a roll_up: it is found when lists are read")
    nameless = {"rules": [{"operator": "gt", "value": 1}]}
    assert (await define(graph, "rival", type="text", visibleWhen=nameless)).codes == ["INVALID"]
    formula = {"expression": "custom.offers * 2"}
    assert (await define(graph, "twice", type="formula", settings=formula)).codes == ["INVALID"]
    section = {"title": {"zh": "商机", "en": "Deal"}, "visibleWhen": many, "fields": ["name"]}
    change = "mutation($i: ChangeFormInput!) { changeOpportunityForm(input: $i) { form { layout } } }"
    [error] = (await graph(change, {"i": {"layout": {"sections": [section]}}})).errors
    assert error["extensions"]["inputPath"][-4:] == ["visibleWhen", "rules", 0, "field"]
    assert "custom.offers is a roll_up" in error["message"]


async def test_a_scope_by_a_roll_up_lets_nobody_make_what_it_cannot_tell_of(
    graph: Graph, deals: dict[str, str], database: Database
) -> None:
    await define(graph, "offers", settings=QUOTES)
    none = {"version": 2, "rules": [{"field": "custom.offers", "operator": "isEmpty"}]}
    company = Company(database, "sales", HANDLERS)
    scope = [{"condition": none}]
    await company.role(
        "cautious",
        grant("opportunity", "create", scope),
        grant("opportunity", "read", scope),
        grant("quote", "read"),
    )

    opened = 'mutation { openOpportunity(input: {name: "X"}) { opportunity { id } } }'
    assert (await graph(opened, by=await company.person("cautious"))).codes == ["FORBIDDEN"]


async def _quote_of(graph: Graph) -> str:
    return str((await graph("{ quotes { nodes { id } } }")).data["quotes"]["nodes"][0]["id"])
