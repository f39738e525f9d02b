"""Files through the gateway of a running suite: in, refused, out, and back."""

import csv
import io
import secrets
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chassis.testing import eventually
from deploy.local.suite import Suite
from roundel_cli.exporting.run import LISTS, export
from roundel_cli.graph import Graph
from tests.e2e.caller import Caller

START = """mutation($input: StartImportInput!) { startCustomerImport(input: $input) { import { id } } }"""
WATCH = """query($id: ID!) { customerImport(id: $id) { state created refused refusedPath } }"""
UNDO = """mutation($id: ID!) { undoCustomerImport(input: {id: $id}) { import { id } } }"""
EXPORT = """mutation($region: String!) {
  exportCustomers(input: {filter: {region: {eq: $region}}, columns: ["name", "employees"]}) { path } }"""

DEFINE = "mutation($i: DefineFieldInput!) { define%sField(input: $i) { __typename } }"
REGISTER = "mutation($i: RegisterCustomerInput!) { registerCustomer(input: $i) { customer { id } } }"
START_DEALS = "mutation($i: StartImportInput!) { startOpportunityImport(input: $i) { import { id } } }"
WATCH_DEALS = "query($id: ID!) { opportunityImport(id: $id) { state created refused error } }"
DEALS = """query($name: String!, $key: String!) {
  opportunities(filter: {name: {contains: $name}}) { nodes { customFields(keys: [$key]) { value } } } }"""


@pytest.mark.feature("F21", "F24")
async def test_a_file_comes_in_goes_out_and_is_taken_back(suite: Suite, administrator: Caller) -> None:
    region = secrets.token_hex(4)
    gateway = suite.graph.removesuffix("/graphql")
    bearer = {"authorization": f"Bearer {administrator.token}"}
    text = f"公司名称,地区,员工人数\n海星{region}有限公司,{region},１２\n海马{region},{region},many\n"

    async def ended(id: str, state: str) -> Any:
        found = (await administrator.get(WATCH, {"id": id}))["customerImport"]
        return found if found["state"] == state else None

    async def exported(http: aiohttp.ClientSession) -> list[list[str]]:
        path = (await administrator.get(EXPORT, {"region": region}))["exportCustomers"]["path"]
        async with http.get(gateway + path) as answer:
            return list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))

    async with aiohttp.ClientSession() as http:
        url = f"{gateway}/imports/customer?name=a.csv"
        async with http.post(url, data=text.encode("gb18030"), headers=bearer) as answer:
            assert answer.status == 201
            file = (await answer.json())["fileId"]
        started = await administrator.get(START, {"input": {"fileId": file}})
        id = started["startCustomerImport"]["import"]["id"]

        done = await eventually(lambda: ended(id, "DONE"), timeout=30)
        assert (done["created"], done["refused"]) == (1, 1)
        async with http.get(gateway + done["refusedPath"], headers=bearer) as answer:
            assert "'many' is no number" in (await answer.read()).decode("gb18030")
        assert await exported(http) == [["name", "employees"], [f"海星{region}有限公司", "12"]]

        await administrator.get(UNDO, {"id": id})
        await eventually(lambda: ended(id, "UNDONE"), timeout=30)
        assert await exported(http) == [["name", "employees"]]


@pytest.mark.feature("F24")
async def test_every_list_goes_out_whole(suite: Suite, administrator: Caller, tmp_path: Path) -> None:
    assert administrator.token is not None
    async with Graph(suite.graph, administrator.token) as graph:
        for format in ("csv", "xlsx", "jsonl"):
            found = await export(graph, suite.graph, LISTS, tmp_path, format)
            assert [each.name for each in found if each.path is None] == []
            assert all(each.bytes for each in found if format != "jsonl")  # a header at least

    header = (tmp_path / "serviceAccounts.csv").read_text("utf-8-sig").splitlines()[0]
    assert "secretHash" not in header
    assert "name" in header


@pytest.mark.feature("F76")
async def test_a_file_of_deals_brings_what_customer_says_of_the_customers_they_name(
    suite: Suite, administrator: Caller
) -> None:
    key = f"tier_{secrets.token_hex(4)}"
    label = {"labelZh": key, "labelEn": key}
    customer = {"key": key, "type": "text", **label}
    await administrator.get(DEFINE % "Customer", {"i": customer})
    fill = {"object": "customer", "fill": {key: f"custom.{key}"}}
    await administrator.get(DEFINE % "Opportunity", {"i": customer})
    reference = {"key": f"of_{key}", "type": "reference", "settings": fill, **label}
    await administrator.get(DEFINE % "Opportunity", {"i": reference})
    deal = {**reference, "key": f"deal_{key}", "settings": {"object": "opportunity", "fill": {key: "name"}}}
    await administrator.get(DEFINE % "Ticket", {"i": customer})
    await administrator.get(DEFINE % "Ticket", {"i": deal})  # which asks sales for the field
    given = {"name": key, "profile": {}, "custom": [{"key": key, "value": "金牌"}]}
    [id] = (await administrator.get(REGISTER, {"i": given}))["registerCustomer"].values()

    text = f"deal name,of_{key}\n" + "".join(f"{key} {at},{id['id']}\n" for at in range(3))
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {administrator.token}"}) as http:
        url = f"{suite.graph.removesuffix('/graphql')}/imports/sales?name=deals.csv"
        async with http.post(url, data=text) as answer:
            file = (await answer.json())["fileId"]

    async def came_in() -> Any:
        started = await administrator.get(START_DEALS, {"i": {"fileId": file}})
        job = started["startOpportunityImport"]["import"]["id"]

        async def ended() -> Any:
            found = (await administrator.get(WATCH_DEALS, {"id": job}))["opportunityImport"]
            return found if found["state"] in ("DONE", "FAILED") else None

        done = await eventually(ended, timeout=30)
        return done if done["created"] == 3 else None  # sales may not have heard of the customer yet

    await eventually(came_in, timeout=60)
    nodes = (await administrator.get(DEALS, {"name": key, "key": key}))["opportunities"]["nodes"]
    assert [node["customFields"] for node in nodes] == [[{"value": "金牌"}]] * 3
