"""What stands before the graph: who may ask, how much, and in what form."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings

SDL = """
type Query { customer(id: ID!): Customer signs: Int @tag(name: "public") }
type Mutation { signIn(email: String!, amount: Int): String @tag(name: "public") pay: Int }
type Customer @key(fields: "id") { id: ID! name: String! self: Customer! }
"""
PRIVATE = '{ customer(id: "1") { name } }'


@pytest.fixture(scope="module")
def world(world_type: Any) -> Any:
    customer: dict[str, Any] = {"id": "1", "name": "Ada"}
    customer["self"] = customer
    roots = {
        "Query": {"customer": lambda _, id: customer, "signs": 3},
        "Mutation": {"signIn": "welcome", "pay": 5},
    }
    return world_type(roots=roots)


@pytest.fixture(scope="module")
async def production(graph: Any, world: Any, issuer: Any) -> Any:
    settings = Settings(environment="production", issuer=issuer.name, jwks_url=issuer.url)
    return await graph(world, settings=settings, is_open=False, customer=SDL)


@pytest.fixture
async def ask(production: Any) -> Any:
    for received in (production.subgraphs["customer"].requests, production.subgraphs["customer"].headers):
        received.clear()
    return production


@pytest.fixture
async def local(graph: Any, world: Any, issuer: Any) -> Any:
    settings = Settings(environment="local", issuer=issuer.name, jwks_url=issuer.url)
    return await graph(world, settings=settings, is_open=False, customer=SDL)


async def test_a_token_of_our_issuer_opens_the_graph(ask: Any, issuer: Any) -> None:
    assert await ask(PRIVATE, issuer.bearer()) == {"data": {"customer": {"name": "Ada"}}}


async def test_a_stranger_may_only_use_what_is_public(ask: Any) -> None:
    assert await ask('mutation { signIn(email: "a") }') == {"data": {"signIn": "welcome"}}
    assert await ask("{ signs }") == {"data": {"signs": 3}}
    hidden = '{ signs ...More } fragment More on Query { customer(id: "1") { name } }'
    for query in (PRIVATE, "mutation { pay }", 'mutation { signIn(email: "a") pay }', hidden):
        status, answer = await ask.post({"query": query})
        assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert len(ask.subgraphs["customer"].requests) == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"iss": "http://else.example"},
        {"aud": "other"},
        {"sub": "nobody"},
        {"kind": None, "sub": None},
    ],
)
async def test_a_token_that_does_not_hold_is_refused_even_for_what_is_public(
    ask: Any, issuer: Any, claims: dict[str, Any]
) -> None:
    status, answer = await ask.post({"query": "{ signs }"}, issuer.bearer(**claims))
    assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_a_token_signed_by_another_key_is_refused(ask: Any, issuer: Any) -> None:
    stranger = type(issuer)()
    for headers in (stranger.bearer(), {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic abc"}):
        status, answer = await ask.post({"query": PRIVATE}, headers)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_services_learn_who_asks_and_in_which_trace(ask: Any, issuer: Any) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = {**issuer.bearer(), "Accept-Language": "zh", "X-Request-Id": "r-1", "traceparent": parent}
    sent["Cookie"] = "a=b"
    await ask(PRIVATE, sent)
    [received] = ask.subgraphs["customer"].headers
    assert received["Authorization"] == sent["Authorization"]
    assert received["Accept-Language"] == "zh"
    assert received["X-Request-Id"] == "r-1"
    assert received["traceparent"].split("-")[1] == parent.split("-")[1]
    assert "Cookie" not in received


BAD = {
    "no JSON": b"{",
    "no query": {"variables": {}},
    "a batch": [{"query": "{ signs }"}],
    "variables of another kind": {"query": "{ signs }", "variables": []},
    "a syntax error": {"query": "{ signs "},
    "an unknown field": {"query": "{ sings }"},
    "an unknown operation": {"query": "query A { signs }", "operationName": "B"},
    "a circle of fragments": {"query": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"},
    "no operation": {"query": "fragment A on Query { signs }"},
    "a definition": {"query": "type A { b: Int }"},
    "a missing variable": {"query": "mutation($e: String!) { signIn(email: $e) }"},
    "a variable of another type": {
        "query": 'mutation($n: Int) { signIn(email: "a", amount: $n) }',
        "variables": {"n": "x"},
    },
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_input_is_invalid_and_reaches_no_service(ask: Any, case: str) -> None:
    body = BAD[case]
    sent = {"data": body} if isinstance(body, bytes) else {"json": body}
    headers = {"content-type": "application/json"}
    async with ask.http.post(f"{ask.url}/graphql", headers=headers, **sent) as response:
        answer = await response.json()
    assert response.status == 400
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"INVALID"}
    assert "data" not in answer
    assert "Traceback" not in str(answer)
    assert "Did you mean" not in str(answer)
    assert ask.subgraphs["customer"].requests == []


LARGE = {
    "tokens": "{ " + "signs " * 2_100 + "}",
    "aliases": "{ " + " ".join(f"a{n}: signs" for n in range(31)) + " }",
    "directives": "{ signs " + "@include(if: true) " * 51 + " }",
    "depth": '{ customer(id: "1") ' + "{ self " * 13 + "{ id }" + " }" * 14,
    "nesting": "{ a" * 1_500,
    "values": "{ customer(id: " + "[" * 1_500 + ") }",
    "bytes": "{ signs } #" + "x" * 1_000_000,
}


@pytest.mark.parametrize("case", LARGE)
async def test_more_than_one_request_may_ask_is_refused(ask: Any, issuer: Any, case: str) -> None:
    status, answer = await ask.post({"query": LARGE[case]}, issuer.bearer())
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "LIMIT")
    assert ask.subgraphs["customer"].requests == []


async def test_only_a_post_of_json_is_answered(ask: Any) -> None:
    target = f"{ask.url}/graphql"
    for status, call in (
        (405, ask.http.get(target, params={"query": "{ signs }"})),
        (415, ask.http.post(target, data={"query": "{ signs }"})),
        (415, ask.http.post(target, data=b'{"query": "{ signs }"}', headers={"content-type": "text/plain"})),
    ):
        async with call as response:
            assert response.status == status
            assert (await response.json())["errors"][0]["extensions"]["code"] == "INVALID"


async def test_introspection_and_graphiql_are_for_development(ask: Any, local: Any, issuer: Any) -> None:
    query = "{ __schema { queryType { name } } }"
    assert (await ask(query, issuer.bearer()))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await local(query) == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    async with ask.http.get(ask.url) as response:
        assert response.status == 404
    async with ask.http.get(local.url) as response:
        page = await response.text()
    assert response.status == 200
    assert "://" not in page
    for asset in ("react.js", "react-dom.js", "graphiql.js", "graphiql.css"):
        assert f"/graphiql/{asset}" in page
        async with ask.http.get(f"{local.url}/graphiql/{asset}") as response:
            assert response.status == 200


async def test_it_tells_its_health_and_its_figures(ask: Any, issuer: Any) -> None:
    await ask("query Signs { signs }", issuer.bearer())
    for path in ("live", "ready"):
        async with ask.http.get(f"{ask.url}/health/{path}") as response:
            assert response.status == 200
    async with ask.http.get(f"{ask.url}/metrics") as response:
        figures = await response.text()
    assert 'gateway_fetch_seconds_count{outcome="ok",service="customer"}' in figures
    assert 'gateway_request_seconds_count{operation="Signs",outcome="ok"}' in figures


async def test_a_killed_planner_comes_back_and_loses_no_question(ask: Any, issuer: Any) -> None:
    headers = issuer.bearer()
    assert (await ask(PRIVATE, headers))["data"]
    for planner in _planners():
        os.kill(planner, signal.SIGKILL)
    queries = [f'{{ a{n}: customer(id: "1") {{ name }} }}' for n in range(5)]
    answers = await asyncio.gather(*(ask(query, headers) for query in (PRIVATE, *queries)))
    assert all("errors" not in answer for answer in answers)


def _planners() -> list[int]:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in children if "plan.mjs" in Path(f"/proc/{pid}/cmdline").read_text()]
