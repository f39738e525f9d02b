"""What attackers send, and what tools that audit GraphQL servers look for."""

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query

from gateway.serving.connection import BoundedConnection
from gateway.settings import Settings

PRIVATE = '{ customer(id: "1") { name } }'


def unfolding(levels: int) -> str:
    """Fragments that unfold to 2 ** levels fields."""
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(levels))
    return f"{{ ...F0 }} {chain} fragment F{levels} on Query {{ __typename }}"


DEAR = {
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }",
    "directives": "{ __typename " + "@include(if: true) " * 51 + "}",
    "unknown directives": "{ __typename " + "@aa" * 500 + " }",
    "repeated fields": "{ " + "__typename " * 500 + "}",
    "repeated objects": '{ customer(id: "1") { ' + "owner { name } " * 400 + "} }",
    "repeated in inline fragments": '{ customer(id: "1") { ' + "... { owner { name } } " * 300 + "} }",
    "repeated spreads": "{ " + "...F " * 900 + "} fragment F on Query { __typename }",
    "many fragments": '{ customer(id: "1") { '
    + " ".join(f"...F{n}" for n in range(140))
    + " } } "
    + " ".join(f"fragment F{n} on Customer {{ owner {{ name }} }}" for n in range(140)),
    "unfolding fragments": unfolding(50),
    "deep selections": '{ customer(id: "1") ' + "{ parent " * 60 + "{ id }" + " }" * 61,
    "deep fragments": '{ customer(id: "1") { ...F0 } } '
    + " ".join(f"fragment F{n} on Customer {{ parent {{ ...F{n + 1} }} }}" for n in range(50))
    + " fragment F50 on Customer { id }",
    "deep values": "{ customers(filter: " + "{and: [" * 200 + "]}" * 200 + ") { totalCount } }",
    "deeper values": "{ customers(filter: " + "[" * 900 + ") { totalCount } }",
    "characters": "{ __typename } #" + "x" * 100_000,
    "tokens": "{ " + "a " * 2_000 + "}",
    "cost": "{ customers(first: 100) { nodes { opportunities(first: 100) { nodes "
    "{ customer { contacts(first: 100) { nodes { id } } } } } } } }",
    "a large page": "{ customers(first: 1000000) { totalCount } }",
}


@pytest.mark.parametrize("case", DEAR)
async def test_what_would_be_dear_to_answer_is_refused_at_once(gateway: Any, case: str) -> None:
    started = time.perf_counter()
    status, answer = await gateway.ask(DEAR[case])
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "LIMIT")
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("character", ["\u2028", "\\u2028", "\u2029", "\x85", "\\u0000", "\\u{10FFFF}", "é"])
async def test_no_character_of_a_document_ends_the_planner(gateway: Any, character: str) -> None:
    query = f'query($id: ID = "1{character}") {{ customer(id: $id) {{ name }} }}'
    assert (await gateway.ask(query))[0] == 200
    assert "The planner ended" not in gateway.log.read_text()


CIRCLES = {
    "itself": "{ ...A } fragment A on Query { ...A }",
    "another": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "by a field": '{ customer(id: "1") { ...A } } fragment A on Customer { parent { ...A } }',
}


@pytest.mark.parametrize("case", CIRCLES)
async def test_circular_fragments_are_invalid(gateway: Any, case: str) -> None:
    status, answer = await gateway.ask(CIRCLES[case])
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "INVALID")


MISSPELT = {
    "field": '{ customer(id: "1") { nam } }',
    "root field": "{ customr }",
    "argument": '{ customer(di: "1") { name } }',
    "type": "{ ... on Qury { __typename } }",
    "directive": "{ __typename @inclde(if: true) }",
    "input field": '{ customers(filter: {nam: {eq: "a"}}) { totalCount } }',
    "enum": "{ customers(filter: {status: {eq: ACTVE}}) { totalCount } }",
}


@pytest.mark.parametrize("case", MISSPELT)
async def test_no_error_suggests_what_the_schema_holds(gateway: Any, case: str) -> None:
    status, answer = await gateway.ask(MISSPELT[case])
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "INVALID")
    assert "did you mean" not in str(answer).lower()


async def test_neither_queries_nor_mutations_come_by_get(gateway: Any) -> None:
    for query in ("{__typename}", 'mutation{signIn(input:{email:"a",password:"b"}){token}}'):
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
            target = f"{gateway.url}/graphql"
            async with gateway.http.request(method, target, params={"query": query}) as response:
                assert response.status == 405
                assert response.headers["allow"] == "POST"
                assert not any(name.lower().startswith("access-control") for name in response.headers)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "application/jsonx",
        "application/graphql",
        "",
    ],
)
async def test_what_a_form_of_another_site_could_send_is_refused(gateway: Any, content_type: str) -> None:
    body = orjson.dumps({"query": "{ __typename }"})
    status, answer, _ = await gateway.send(body, {"content-type": content_type})
    assert (status, answer["errors"][0]["extensions"]["code"]) == (415, "INVALID")


async def test_batches_are_refused(gateway: Any) -> None:
    for size in (1, 2, 1_000):
        status, answer, _ = await gateway.send(orjson.dumps([{"query": "{ __typename }"}] * size))
        assert (status, len(answer["errors"])) == (400, 1)


async def test_a_stranger_tries_one_password_per_request(gateway: Any) -> None:
    guess = 'signIn(input: {email: "ada@example.org", password: "%d"}) { token }'
    target = f"{gateway.url}/graphql"
    for guesses, expected in ((1, 200), (2, 413), (30, 413)):
        query = " ".join(f"a{number}: {guess % number}" for number in range(guesses))
        async with gateway.http.post(target, json={"query": f"mutation {{ {query} }}"}) as response:
            assert response.status == expected


async def test_the_schema_cannot_be_asked_for(gateway: Any) -> None:
    for query in (
        get_introspection_query(),
        "{ __schema { types { name } } }",
        '{ __type(name: "Customer") { name } }',
        "{ ...A } fragment A on Query { ... { hidden: __schema { types { name } } } }",
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    ):
        status, answer = await gateway.ask(query)
        assert status in (400, 403)
        assert "data" not in answer
    status, answer = await gateway.ask("{ _service { sdl } }")
    assert status == 400


async def test_answers_carry_neither_traces_nor_debugging_nor_costs(gateway: Any) -> None:
    asked = {
        "apollo-federation-include-trace": "ftv1",
        "x-apollo-tracing": "1",
        "apollo-query-plan-experimental": "1",
    }
    for query in (PRIVATE, "{ nothing }", "{"):
        _, answer = await gateway.ask(query, **asked)
        assert set(answer) <= {"data", "errors"}
        assert all(set(error["extensions"]) <= {"code"} for error in answer.get("errors", ()))


@pytest.mark.parametrize(
    "path",
    ["/", "/graphiql", "/graphiql/graphiql.js", "/playground", "/altair", "/docs", "/redoc", "/openapi.json"],
)
async def test_no_ide_and_no_documentation_is_served(gateway: Any, path: str) -> None:
    async with gateway.http.get(f"{gateway.url}{path}", headers={"accept": "text/html"}) as response:
        assert response.status == 404
        assert "<" not in await response.text()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/graphql"),
        ("GET", "/graphql"),
        ("GET", "/health/live"),
        ("GET", "/nothing"),
        ("PUT", "/health/live"),
    ],
)
async def test_every_answer_tells_browsers_to_keep_and_guess_nothing(
    gateway: Any, method: str, path: str
) -> None:
    async with gateway.http.request(method, f"{gateway.url}{path}") as response:
        headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "x-powered-by" not in headers


async def test_a_body_that_inflates_is_not_inflated(gateway: Any) -> None:
    bomb = gzip.compress(b'{"query": "{ __typename }", "x": "' + b"0" * 50_000_000 + b'"}')
    for coding in ("gzip", "br", "deflate", "gzip, gzip"):
        status, answer, _ = await gateway.send(bomb, {"content-encoding": coding})
        assert (status, answer["errors"][0]["extensions"]["code"]) == (415, "INVALID")


async def test_nested_json_is_refused_before_anything_recurs(gateway: Any) -> None:
    for levels in (70, 300, 900, 100_000):
        nested = b"[" * levels + b"]" * levels
        body = b'{"query": "query($x: JSON) { __typename }", "variables": {"x": ' + nested + b"}}"
        status, answer, _ = await gateway.send(body)
        assert status in (400, 413)
        assert "errors" in answer


HEAD = b"POST /graphql HTTP/1.1\r\nHost: gateway\r\n"
ENDLESS = {
    "one header": (HEAD + b"X-A: ", b"a" * 100_000),
    "many headers": (HEAD, b"X-A: a\r\n" * 10_000),
    "the path": (b"POST /", b"a" * 100_000),
    "the body": (HEAD + b"Content-Length: 1000000000\r\n\r\n", b"a" * 100_000),
    "a chunked body": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"186a0\r\n" + b"a" * 100_000 + b"\r\n"),
    "a trailer": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: ", b"a" * 100_000),
}


@pytest.mark.parametrize("case", ENDLESS)
async def test_a_request_without_end_is_cut_off(gateway: Any, case: str) -> None:
    start, more = ENDLESS[case]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    before, sent = gateway.megabytes(), len(start)
    writer.write(start)
    with contextlib.suppress(OSError):
        while sent < 50_000_000:
            writer.write(more)
            await writer.drain()
            sent += len(more)
    assert sent < 20_000_000
    assert gateway.megabytes() - before < 50
    with contextlib.suppress(OSError):
        assert not (await reader.read(100)).startswith(b"HTTP/1.1 5")
    writer.close()
    assert (await gateway.ask("{ __typename }"))[0] == 200


async def test_who_connects_and_sends_no_head_is_hung_up_on(
    graph: Any, world_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = await graph(world_type(roots={"Query": {"a": 1}}), a="type Query { a: Int }")
    monkeypatch.setattr(BoundedConnection, "head_seconds", 0.2)
    for beginning in (b"", b"POST /graphql HTTP/1.1\r\nHost:"):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(ask.url.rpartition(":")[2]))
        writer.write(beginning)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_a_body_that_trickles_in_is_given_up(graph: Any, world_type: Any) -> None:
    patient = await graph(
        world_type(roots={"Query": {"a": 1}}),
        settings=Settings(request_seconds=0.2),
        a="type Query { a: Int }",
    )

    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"query":'
        await asyncio.sleep(5)

    started = time.perf_counter()
    headers = {"content-type": "application/json"}
    async with patient.http.post(f"{patient.url}/graphql", data=trickle(), headers=headers) as response:
        assert response.status == 408
    assert time.perf_counter() - started < 3
