"""Random operations are answered by the gateway exactly as by one naive schema over the same services."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from graphql import get_named_type
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from deploy.local.suite import ADMINISTRATOR, ROOT, Suite
from tests.e2e.author import SCHEMA, VARIABLES, operations
from tests.e2e.caller import Answer, Caller
from tests.e2e.journeys import Journey, furnish, gather_limited, travel
from tests.e2e.merged import Merged
from tests.e2e.refusals import Books

OPERATIONS = int(os.environ.get("ROUNDEL_DIFFERENTIAL_OPERATIONS", "60"))
SELLER = "differential@example.org"
ROLES = ("administrator", "salesperson")
QUERY = (ROOT / "docs" / "graphql" / "customer360.graphql").read_text()


@dataclass(frozen=True)
class Both:
    """The gateway and the merged schema, for one person, and the ids there are."""

    gateway: Caller
    merged: Merged
    ids: dict[str, list[str]]

    def filled(self, operation: str) -> str:
        """The operation with ids in place of their names."""

        def id(named: re.Match[str]) -> str:
            known = self.ids.get(named[1], [])
            number = int(named[2])
            return known[number] if number < len(known) else "00000000-0000-4000-8000-000000000000"

        return re.sub(r"<([\w.]+) (\d)>", id, operation)


@pytest.fixture(scope="module")
async def both(suite: Suite, administrator: Caller, anybody: Caller) -> AsyncIterator[dict[str, Both]]:
    house = await furnish(administrator, "differential")
    journeys = [Journey(f"Differential {number}") for number in range(2)]
    await gather_limited([travel(administrator, anybody, house, journey) for journey in journeys], 2)
    await administrator.do(
        "registerEmployee",
        "{ __typename }",
        email=SELLER,
        name="Sally Seller",
        password="a long enough password",
        roles=["salesperson"],
    )
    tokens = {
        "administrator": await anybody.sign_in(ADMINISTRATOR, suite.administrator_password),
        "salesperson": await anybody.sign_in(SELLER, "a long enough password"),
    }
    async with Books(suite):  # waits until all is quiet
        ids = await _ids(administrator)
    urls = suite.service_urls()
    async with (
        Caller(suite.graph, tokens["administrator"]) as chief,
        Caller(suite.graph, tokens["salesperson"]) as seller,
        Merged(urls, tokens["administrator"]) as all_,
        Merged(urls, tokens["salesperson"]) as some,
    ):
        yield {"administrator": Both(chief, all_, ids), "salesperson": Both(seller, some, ids)}


async def _ids(administrator: Caller) -> dict[str, list[str]]:
    """Three ids of everything that is listed at the root."""
    found: dict[str, list[str]] = {}
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        connection: Any = get_named_type(field.type)
        if "first" in field.args and "nodes" in connection.fields:
            node: Any = get_named_type(connection.fields["nodes"].type)
            for key in {"id", "number"} & set(node.fields):
                listed = await administrator.get(f"{{ {name}(first: 3) {{ nodes {{ {key} }} }} }}")
                found[f"{node.name}.{key}"] = [row[key] for row in listed[name]["nodes"]]
    return found


@settings(
    max_examples=OPERATIONS,
    deadline=None,
    database=None,
    derandomize=OPERATIONS == 60,
    suppress_health_check=list(HealthCheck),
)
@given(operation=operations(), role=st.sampled_from(ROLES))
async def test_random_operations_are_answered_as_by_one_schema(
    both: dict[str, Both], operation: str, role: str
) -> None:
    asked = both[role]
    query = asked.filled(operation)
    variables = {name: value for name, value in VARIABLES.items() if f"${name}" in query}
    answer = await asked.gateway.ask(query, variables)
    assume("LIMIT" not in answer.codes or answer.status == 200)
    expected = await asked.merged.ask(query, variables)
    assert (answer.status, answer.data, _told(answer.data, answer.errors)) == (
        200,
        expected["data"],
        _told(expected["data"], expected.get("errors", [])),
    ), f"as {role}: {query}"


@pytest.mark.parametrize("role", ROLES)
async def test_what_is_asked_at_the_same_time_is_answered_as_one_by_one(
    both: dict[str, Both], suite: Suite, role: str
) -> None:
    caller, ids = both[role].gateway, [*both[role].ids["Customer.id"], "00000000-0000-4000-8000-000000000000"]
    asked = [(id, text) for id in ids for text in (QUERY, QUERY.replace("first: 5", "first: 1"))]
    one_by_one = [await caller.ask(text, {"id": id}) for id, text in asked]
    before = await _gathered(suite)
    for _ in range(3):
        at_once = await asyncio.gather(*(caller.ask(text, {"id": id}) for id, text in asked))
        assert [_whole(each) for each in at_once] == [_whole(each) for each in one_by_one]
    assert await _gathered(suite) > before


async def _gathered(suite: Suite) -> float:
    """How many fetches the gateway asked for together with others."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{suite.graph.removesuffix('/graphql')}/metrics") as page,
    ):
        lines = (await page.text()).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("gateway_fetches_gathered_total"))


def _whole(answer: Answer) -> tuple[Any, set[tuple[str, str]]]:
    return answer.data, _told(answer.data, answer.errors)


def _told(data: Any, errors: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Each null that an error explains, with the error's code where it lies just there.

    Which of several errors below such a null are told depends on what was asked first.
    """
    told = set()
    for error in errors:
        code = error.get("extensions", {}).get("code")
        if code is None or not error.get("path"):
            continue
        place, value = [], data
        for step in error["path"]:
            if value is None:
                break
            place.append(step)
            value = value[step]
        told.add((str(place), code if len(place) == len(error["path"]) else "below"))
    return told
