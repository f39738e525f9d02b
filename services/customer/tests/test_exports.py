"""Lists written out whole, with the reader's rights and nothing that a spreadsheet would run."""

import csv
import io
from datetime import timedelta

import orjson
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from chassis.database import Database, now
from chassis.edges.testing import Edge
from chassis.exporting.models import ExportLink
from chassis.testing import Graph, employee
from services.customer.tests.test_imports import NAMES, Importing

EXPORT = "mutation($input: ExportCustomersInput!) { exportCustomers(input: $input) { path expiresAt } }"
REGISTER = "mutation($input: RegisterCustomerInput!) { registerCustomer(input: $input) { customer { id } } }"

ADD = """mutation($customerId: ID!, $name: String!) {
  addContact(input: {customerId: $customerId, name: $name}) { contact { id } } }"""
FIND = """query($company: String, $person: String) { customers(search: $company) {
  totalCount nodes { name contacts(search: $person) { totalCount nodes { name } } } } }"""


async def register(graph: Graph, *names: str, **profile: object) -> None:
    for name in names:
        assert not (await graph(REGISTER, {"input": {"name": name, "profile": profile}})).errors


async def link(graph: Graph, **input: object) -> str:
    answer = await graph(EXPORT, {"input": input})
    assert not answer.errors, answer.errors
    return str(answer.data["exportCustomers"]["path"]).replace("/exports/customer", "/exports")


@pytest.mark.feature("F24")
async def test_csv_has_all_rows_in_order_and_opens_in_a_spreadsheet(graph: Graph, edge: Edge) -> None:
    await register(graph, "上海示例科技有限公司", "Acme", industry="=cmd|' /C calc'!A0")

    reply = await edge.get(await link(graph, sort={"by": "NAME"}, columns=["name", "industry", "status"]))

    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(reply.body.decode("utf-8-sig"))))
    assert rows == [
        ["name", "industry", "status"],
        ["Acme", "'=cmd|' /C calc'!A0", "contacted"],
        ["上海示例科技有限公司", "'=cmd|' /C calc'!A0", "contacted"],
    ]


@pytest.mark.feature("F24")
async def test_a_spreadsheet_and_json_lines_hold_the_same(graph: Graph, edge: Edge) -> None:
    await register(
        graph, "Acme", employees=7, painPoints=["a", "b"], revenue={"amount": "12.5", "currency": "CNY"}
    )
    columns = ["name", "employees", "painPoints", "revenueAmount", "region"]

    sheet = await edge.get(await link(graph, format="XLSX", columns=columns))
    lines = await edge.get(await link(graph, format="JSONL", columns=columns))

    book = CalamineWorkbook.from_filelike(io.BytesIO(sheet.body))
    assert book.get_sheet_by_index(0).to_python() == [columns, ["Acme", 7, "a; b", 12.5, ""]]
    assert orjson.loads(lines.body) == {
        "name": "Acme",
        "employees": 7,
        "painPoints": ["a", "b"],
        "revenueAmount": "12.5",
        "region": None,
    }


@pytest.mark.feature("F24")
async def test_an_export_has_the_rows_of_the_list_under_the_same_filter(graph: Graph, edge: Edge) -> None:
    await register(graph, "Acme", region="East")
    await register(graph, "Bolt", region="West")

    async def names(**which: object) -> list[str]:
        reply = await edge.get(await link(graph, format="JSONL", **which))
        return [orjson.loads(line)["name"] for line in reply.body.splitlines()]

    rule = {"field": "created_at", "operator": "gt", "value": "2026-01-01T00:00:00+00:00"}
    assert await names(filter={"region": {"eq": "West"}}) == ["Bolt"]
    assert await names(filter={"status": {"eq": "SIGNED"}}) == []
    assert await names(where={"combinator": "and", "rules": [rule]}) == ["Bolt", "Acme"]


async def test_who_may_not_export_gets_no_link_and_a_link_ends(
    graph: Graph, edge: Edge, database: Database
) -> None:
    assert (await graph(EXPORT, {"input": {}}, by=employee("customer:read"))).codes == ["FORBIDDEN"]
    assert (await edge.get("/exports/guessed")).status == 404

    path = await link(graph)
    async with database.transaction() as session:
        await session.execute(update(ExportLink).values(expires_at=now() - timedelta(seconds=1)))
    assert (await edge.get(path)).status == 404


async def test_unknown_columns_are_refused_with_those_there_are(graph: Graph) -> None:
    answer = await graph(EXPORT, {"input": {"columns": ["nmae"]}})

    assert answer.codes == ["INVALID"]
    assert "name" in answer.errors[0]["message"]


async def test_a_condition_that_cannot_be_is_refused_with_its_place(graph: Graph) -> None:
    rule = {"field": "name", "operator": "like", "value": "A"}
    answer = await graph(EXPORT, {"input": {"where": {"rules": [rule]}}})

    assert answer.errors[0]["extensions"]["inputPath"] == ["input", "where", "rules", 0, "operator"]


async def test_who_took_how_many_rows_is_kept(graph: Graph, edge: Edge, database: Database) -> None:
    await register(graph, "Acme", "Bolt")
    await edge.get(await link(graph))

    async with database.transaction() as session:
        [kept] = (await session.scalars(select(ExportLink))).all()
    assert (kept.object, kept.rows, kept.created_by is not None) == ("customer", 2, True)


@pytest.mark.feature("F78")
async def test_companies_of_a_file_are_found_with_their_people_and_exported(
    graph: Graph, edge: Edge, database: Database
) -> None:
    await Importing(graph, edge, database, employee("customer:*")).run(
        "公司名称\n重庆示例科技有限公司\n重庆火锅\nBolt\n"
    )
    ids = {each["name"]: each["id"] for each in (await graph(NAMES)).data["customers"]["nodes"]}
    for name in ("李雷", "韩梅梅"):
        assert not (await graph(ADD, {"customerId": ids["重庆火锅"], "name": name})).errors

    found = (await graph(FIND, {"company": "chongqing hg", "person": "hanmeimei"})).data["customers"]
    assert found["totalCount"] == 0  # two letters are found where a word begins
    found = (await graph(FIND, {"company": "chongqing huoguo", "person": "hanmeimei"})).data["customers"]
    people = {"totalCount": 1, "nodes": [{"name": "韩梅梅"}]}
    assert found == {"totalCount": 1, "nodes": [{"name": "重庆火锅", "contacts": people}]}
    file = await edge.get(await link(graph, search="CQ", columns=["name"], sort={"by": "NAME"}))
    assert file.body.decode("utf-8-sig").split() == ["name", "重庆火锅", "重庆示例科技有限公司"]
