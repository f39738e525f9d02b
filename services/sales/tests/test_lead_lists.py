"""Lists take the fields that a company added: in conditions and as an order, from the moment they exist."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.testing import Graph, employee, statements
from sales.consumers import HANDLERS
from services.sales.tests.steps import do
from services.sales.tests.test_lead_fields import OPTIONS, custom, define
from tests.access.people import Company, grant

LIST = """query($where: Condition, $by: FieldOrder, $first: Int, $after: String) {
  leads(where: $where, sortBy: $by, first: $first, after: $after) {
    totalCount nodes { company } pageInfo { endCursor hasNextPage } } }"""

TREE = [{"value": "制造业", "children": ["汽车零配件", "电子"]}, "服务业"]
CNY = {"amount": "100", "currency": "CNY"}


async def lead(graph: Graph, company: str, **values: Any) -> None:
    await do(graph, "createLead", {"company": company, "custom": custom(**values)}, "lead { id }")


async def listed(graph: Graph, **variables: Any) -> list[str]:
    answer = await graph(LIST, variables)
    assert not answer.errors, answer.errors
    return [node["company"] for node in answer.data["leads"]["nodes"]]


def rule(field: str, operator: str, *value: Any) -> dict[str, Any]:
    said = {"value": value[0]} if value else {}
    return {"combinator": "and", "rules": [{"field": field, "operator": operator, **said}]}


async def test_today_begins_at_midnight_where_the_company_works(graph: Graph, database: Database) -> None:
    company = Company(database, "sales", HANDLERS)
    await company.role("reader", grant("lead", "read"))
    reader = await company.person("reader")
    today = rule("createdAt", "gte", {"relative": "today"})
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):  # 25 hours apart, so that UTC is another day in one
        await company.hours(zone)
        midnight = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        for name, minutes in (("before", -1), ("after", 1)):
            await lead(graph, f"{zone} {name}")
            created = text("UPDATE lead SET created_at = :at WHERE company = :name")
            async with database.transaction() as session:
                at = midnight + timedelta(minutes=minutes)
                await session.execute(created, {"at": at, "name": f"{zone} {name}"})

        answer = await graph(LIST, {"where": today}, by=reader)

        found = {node["company"] for node in answer.data["leads"]["nodes"]}
        assert f"{zone} after" in found
        assert f"{zone} before" not in found


@pytest.mark.feature("F78")
@pytest.mark.parametrize(
    ("type", "settings", "one", "two", "operator", "value"),
    [
        ("text", {}, "hello", "bye", "contains", "LL"),
        ("text", {}, "hello", "bye", "eq", "hello"),
        ("integer", {}, 12, 9, "gt", 10),
        ("decimal", {}, "12.5", "9", "between", ["12.4", "12.6"]),
        ("percent", {}, "50", "5", "gte", "50"),
        ("money", {}, CNY, {"amount": "100", "currency": "USD"}, "eq", CNY),
        ("money", {}, CNY, {"amount": "1", "currency": "CNY"}, "gt", {"amount": "50", "currency": "CNY"}),
        ("date", {}, "2026-03-01", "2020-01-01", "gt", "2026-01-01"),
        ("date", {}, "2026-03-01", "2999-01-01", "lt", {"relative": "today", "offset": {"years": 90}}),
        ("datetime", {}, "2026-03-01T09:00:00+08:00", "2020-01-01T00:00:00Z", "gte", "2026-03-01T01:00:00Z"),
        ("boolean", {}, True, False, "eq", True),
        ("single_select", OPTIONS, "a", "b", "in", ["a"]),
        ("multi_select", OPTIONS, ["a", "b"], ["b"], "containsAll", ["a", "b"]),
        ("tags", {}, ["重要"], ["x"], "contains", "重要"),
        ("tree_select", {"options": TREE}, "制造业-电子", "服务业", "inSubtree", "制造业"),
        ("number_band", {"bands": ["0-50", "50+"]}, "50+", "0-50", "eq", "50+"),
        ("phone", {}, "138 0013 8000", "138 0013 8001", "eq", "+8613800138000"),
        ("rating", {}, 5, 2, "gt", 4),
        ("address", {}, {"city": "上海市"}, {"city": "北京市"}, "contains", "上海"),
        ("geo_point", {}, {"lat": 1, "lon": 2}, None, "isNotEmpty", None),
    ],
)
async def test_a_condition_on_a_new_field_selects_the_leads_that_meet_it(
    graph: Graph, type: str, settings: Any, one: Any, two: Any, operator: str, value: Any
) -> None:
    await define(graph, "it", type, settings=settings)
    await lead(graph, "One", it=one)
    await lead(graph, "Two", it=two)
    await lead(graph, "Three")

    given = (value,) if value is not None else ()
    assert await listed(graph, where=rule("custom.it", operator, *given)) == ["One"]


@pytest.mark.feature("F78")
async def test_leads_written_before_a_field_are_found_by_its_default(graph: Graph) -> None:
    await lead(graph, "Old")
    await define(graph, "kind", default="plain")
    await define(graph, "labels", "tags", default=["none"])
    await lead(graph, "Other", kind="fancy", labels=[])

    assert await listed(graph, where=rule("custom.kind", "eq", "plain")) == ["Old"]
    assert await listed(graph, where=rule("custom.labels", "contains", "none")) == ["Old"]
    assert await listed(graph, where=rule("custom.labels", "isEmpty")) == ["Other"]


@pytest.mark.feature("F78")
@pytest.mark.parametrize(
    ("type", "settings", "values"),
    [
        ("integer", {}, [2, 10, 30]),
        ("money", {}, [{"amount": each, "currency": "CNY"} for each in ("2", "10", "30")]),
        ("date", {}, ["2025-01-01", "2026-01-01", "2027-01-01"]),
        ("single_select", {"options": ["small", "medium", "large"]}, ["small", "medium", "large"]),
        ("number_band", {"bands": ["0-50", "50-200", "200+"]}, ["0-50", "50-200", "200+"]),
        ("text", {}, ["a", "b", "c"]),
    ],
)
async def test_leads_are_sorted_by_a_new_field_page_by_page_with_the_empty_last(
    graph: Graph, type: str, settings: Any, values: list[Any]
) -> None:
    await define(graph, "it", type, settings=settings)
    for name, value in (("B", values[1]), ("C", values[2]), ("A", values[0]), ("None", None)):
        await lead(graph, name, it=value)

    for direction, wanted in (("ASC", ["A", "B", "C", "None"]), ("DESC", ["C", "B", "A", "None"])):
        by = {"field": "custom.it", "direction": direction}
        found: list[str] = []
        after = None
        for _ in range(4):
            page = (await graph(LIST, {"by": by, "first": 1, "after": after})).data["leads"]
            found += [node["company"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert found == wanted


@pytest.mark.parametrize("by", ["custom.nothing", "custom.place", "company; drop", "custom."])
async def test_an_order_that_there_is_not_is_refused(graph: Graph, by: str) -> None:
    await define(graph, "place", "geo_point")

    answer = await graph(LIST, {"by": {"field": by}})

    assert answer.codes == ["INVALID"]


@pytest.mark.feature("F78")
async def test_nobody_filters_or_sorts_by_a_field_that_is_hidden_from_them(graph: Graph) -> None:
    await define(graph, "margin", "percent", roles=["manager"])
    seller, manager = employee(roles=["salesperson"]), employee(roles=["manager"])

    for variables in ({"where": rule("custom.margin", "gt", 1)}, {"by": {"field": "custom.margin"}}):
        assert (await graph(LIST, variables, by=seller)).codes == ["INVALID"]
        assert not (await graph(LIST, variables, by=manager)).errors


async def test_many_values_of_many_leads_cost_one_statement(graph: Graph, database: Database) -> None:
    await define(graph, "note")
    for name in "ABC":
        await lead(graph, name, note=name)
    await listed(graph)

    with statements(database) as ran:
        answer = await graph("{ leads { nodes { customFields { value } } } }")

    assert [node["customFields"][0]["value"] for node in answer.data["leads"]["nodes"]] == ["C", "B", "A"]
    assert len(ran) == 1


@pytest.mark.feature("F78")
async def test_equality_with_a_text_is_asked_of_the_index(graph: Graph, database: Database) -> None:
    await define(graph, "code")

    with statements(database) as ran:
        await listed(graph, where=rule("custom.code", "eq", "K1"))

    assert any("custom @>" in each for each in ran)
