"""Fields that the company added, in files of customers: mapped, read, written and exported like any other."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from chassis import testing
from chassis.access.rights import People, Rights
from chassis.access.roles import parse
from chassis.database import Database
from chassis.edges.testing import Edge
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, employee
from customer.__main__ import make
from customer.companies.importable import IMPORTABLE_CUSTOMERS

ME = employee()
DEFINE = """mutation($input: DefineFieldInput!) { defineCustomerField(input: $input) { field { key } } }"""
PLAN = """query($file: ID!) { customerImportPlan(fileId: $file) {
  columns { field header } fields { name label kind required } } }"""
SEEN = "{ customers(sort: {by: NAME}) { nodes { name customFields { key value } } } }"
EXPORT = "mutation($input: ExportCustomersInput!) { exportCustomers(input: $input) { path } }"
OPTIONS = {
    "options": [{"value": "a", "zh": "甲级", "en": "First"}, {"value": "b", "zh": "乙级", "en": "Second"}]
}


async def define(graph: Graph, key: str, type: str, zh: str, **given: Any) -> None:
    input = {"key": key, "type": type, "labelZh": zh, "labelEn": key.title(), **given}
    answer = await graph(DEFINE, {"input": input})
    assert not answer.errors, answer.errors


async def values(graph: Graph) -> dict[str, dict[str, Any]]:
    nodes = (await graph(SEEN)).data["customers"]["nodes"]
    return {node["name"]: {each["key"]: each["value"] for each in node["customFields"]} for node in nodes}


@pytest.fixture
async def clerk(database: Database, graph: Graph) -> Clerk:
    """A clerk, and three fields that were added to customers."""
    await define(graph, "grade", "single_select", "等级", settings=OPTIONS)
    await define(graph, "plate", "text", "车牌", unique=True)
    await define(graph, "visits", "integer", "拜访次数", default=0)
    await define(graph, "number", "auto_number", "客户号", settings={"prefix": "K-", "digits": 3})
    return Clerk(make(), testing.runtime(database), IMPORTABLE_CUSTOMERS)


@pytest.mark.feature("F21", "F74")
async def test_an_added_field_is_in_the_plan_at_once_by_its_labels_in_both_languages(
    clerk: Clerk, graph: Graph, edge: Edge
) -> None:
    await define(graph, "since", "date", "合作日期", required=True)
    file = (await edge.post("/imports", "公司名称,客户等级,Visits,合作日期\n".encode(), by=ME)).json()[
        "fileId"
    ]

    plan = (await graph(PLAN, {"file": file}, by=ME)).data["customerImportPlan"]

    added = {field["name"]: field for field in plan["fields"] if field["name"].startswith("custom.")}
    assert "custom.number" not in added  # nobody enters it
    assert added["custom.since"] == {
        "name": "custom.since", "label": "合作日期", "kind": "date", "required": True
    }  # fmt: skip
    mapped = {column["header"]: column["field"] for column in plan["columns"]}
    assert (mapped["Visits"], mapped["合作日期"]) == ("custom.visits", "custom.since")


@pytest.mark.feature("F21", "F74")
async def test_values_are_read_checked_numbered_and_defaulted_like_at_entry(
    clerk: Clerk, graph: Graph
) -> None:
    await define(graph, "since", "date", "合作日期", required=True)

    done = await clerk.bring(
        "公司名称,等级,车牌,拜访次数,合作日期\n"
        "甲公司,甲级,沪A1,3,2026/1/2\n乙公司,second,沪A2,,2026年1月3日\n"
        "丙公司,丙级,,,2026-01-01\n丁公司,,,many,2026-01-01\n戊公司,,沪A1,,2026-01-01\n己公司,,,1,\n"
    )

    assert counts(done) == {"created": 2, "refused": 4}
    reasons = " | ".join(reason["message"] for reason in done["reasons"])
    assert "custom.grade: " in reasons
    assert "custom.visits: " in reasons
    assert "custom.plate: Another customer has '沪A1' as Plate (车牌)" in reasons
    assert "custom.since: Since (合作日期) must be given" in reasons
    kept = await values(graph)
    assert {key: kept["甲公司"][key] for key in ("grade", "visits", "since")} == {
        "grade": "a", "visits": 3, "since": "2026-01-02"
    }  # fmt: skip
    assert (kept["乙公司"]["grade"], kept["乙公司"]["visits"]) == ("b", 0)
    assert sorted(each["number"] for each in kept.values()) == ["K-001", "K-002"]


@pytest.mark.feature("F21", "F74")
async def test_an_undo_puts_added_fields_back_and_gives_up_what_was_unique(
    clerk: Clerk, graph: Graph
) -> None:
    await clerk.bring("name,grade,plate\nAcme,First,A1\n")
    done = await clerk.bring("name,grade,plate\nAcme,Second,A2\nBolt,,A3\n", duplicates="UPDATE")
    assert counts(done) == {"created": 1, "updated": 1}
    assert (await values(graph))["Acme"]["grade"] == "b"

    assert counts(await clerk.undo(done["id"])) == {"created": 1, "updated": 1, "removed": 1, "restored": 1}

    kept = await values(graph)
    assert list(kept) == ["Acme"]
    assert (kept["Acme"]["grade"], kept["Acme"]["plate"]) == ("a", "A1")
    assert counts(await clerk.bring("name,plate\nCube,A2\nDyna,A3\n")) == {"created": 2}


@pytest.mark.feature("F24", "F74")
async def test_added_fields_are_columns_of_exports_that_come_in_again(
    clerk: Clerk, graph: Graph, edge: Edge
) -> None:
    await clerk.bring("name,grade,visits\nAcme,甲级,7\n")
    await define(graph, "secret", "text", "机密", roles=["chief"], default="hush")
    columns = ["name", "custom.grade", "custom.visits", "custom.number"]

    answer = await graph(EXPORT, {"input": {"columns": columns}})
    file = (await edge.get(answer.data["exportCustomers"]["path"].replace("/customer", ""))).body
    everything = await graph(EXPORT, {"input": {}})
    whole = (await edge.get(everything.data["exportCustomers"]["path"].replace("/customer", ""))).body

    rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"))))
    assert rows == [columns, ["Acme", "First", "7", "K-001"]]
    assert b"custom.visits" in whole
    assert b"hush" not in whole
    assert counts(await clerk.bring(file.decode("utf-8-sig"), duplicates="UPDATE")) == {"updated": 1}


@pytest.mark.feature("F21", "F74")
async def test_rows_sent_through_the_graph_have_added_fields_too(clerk: Clerk, graph: Graph) -> None:
    await define(graph, "since", "date", "合作日期", required=True)
    bring = """mutation($input: ImportCustomersInput!) { importCustomers(input: $input) {
      rows { outcome message } } }"""
    custom = [{"key": "since", "value": "2026-01-02"}]
    rows = [{"name": "Acme", "profile": {}, "custom": custom}, {"name": "Bolt", "profile": {}}]

    answer = (await graph(bring, {"input": {"rows": rows}})).data["importCustomers"]["rows"]

    assert [row["outcome"] for row in answer] == ["CREATED", "REFUSED"]
    assert "Since (合作日期) must be given" in answer[1]["message"]
    assert (await values(graph))["Acme"]["since"] == "2026-01-02"


async def test_rows_sent_through_the_graph_answer_for_themselves(graph: Graph) -> None:
    bring = """mutation($input: ImportCustomersInput!) { importCustomers(input: $input) {
      rows { outcome code id } } }"""
    acme, bolt = ({"name": name, "profile": {"externalId": name}} for name in ("Acme", "Bolt"))
    known = (await graph(bring, {"input": {"rows": [acme]}})).data["importCustomers"]["rows"][0]["id"]
    negative = {"revenue": {"amount": "-1", "currency": "CNY"}}
    rows = [
        bolt,
        {"name": "Owed", "profile": negative},
        {"name": "BOLT", "profile": {"industry": "retail"}},
        {"name": "Corp", "profile": {"externalId": "Acme"}},
        {"name": "acme", "profile": {"region": "north"}},
        {"name": "Dune", "profile": {}},
    ]

    given = {"input": {"rows": rows, "duplicates": "UPDATE"}}
    answers = (await graph(bring, given)).data["importCustomers"]["rows"]

    assert [answer["code"] or answer["outcome"] for answer in answers] == [
        "CREATED",
        "INVALID",
        "UPDATED",
        "CONFLICT",
        "UPDATED",
        "CREATED",
    ]
    assert (answers[2]["id"], answers[4]["id"]) == (answers[0]["id"], known)
    again = (await graph(bring, {"input": {"rows": rows}})).data["importCustomers"]["rows"]
    assert [answer["code"] or answer["outcome"] for answer in again][:3] == ["SKIPPED", "INVALID", "SKIPPED"]


@pytest.mark.feature("F108", "F21")
async def test_rows_with_a_field_that_the_caller_may_not_write_are_refused_one_by_one(
    database: Database, graph: Graph
) -> None:
    role = {
        "version": 1,
        "grants": [
            {
                "objects": ["customer"],
                "actions": ["import", "read"],
                "scopes": ["all"],
                "readOnly": ["industry"],
            }
        ],
    }
    nobody: frozenset[Any] = frozenset()
    rights = Rights(parse(role).grants, People(nobody, nobody, nobody, nobody))
    by = replace(employee(), rights=rights)
    clerk = Clerk(make(), testing.runtime(database), IMPORTABLE_CUSTOMERS, by=by, known=lambda _: by)

    done = await clerk.bring("name,industry\nAcme,\nBolt,retail\n")

    assert counts(done) == {"created": 1, "refused": 1}
    assert done["reasons"] == [
        {"message": "industry: You may not set industry of customer; leave it as it is", "count": 1}
    ]
