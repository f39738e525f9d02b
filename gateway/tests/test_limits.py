"""How much and how often one caller may ask, and in which form the answer comes."""

import gzip
from pathlib import Path
from typing import Any

import brotli
import orjson
import pytest

from chassis.edges.addresses import counted_as
from gateway.errors import Refused
from gateway.planning.limits import Limits
from gateway.planning.operation import Operations
from gateway.planning.planner import Planner
from gateway.serving.rates import CALLERS, Rates
from gateway.serving.shell import NotConfigured, application
from gateway.settings import Settings
from gateway.supergraph.reading import read_supergraph

HOME = Path(__file__).parents[1]
SDL = """
type Query { customer(id: ID!): Customer customers(first: Int, after: String): CustomerConnection! }
type Mutation { rename(id: ID!): Customer }
type CustomerConnection { nodes: [Customer!]! edges: [CustomerEdge!]! totalCount: Int! }
type CustomerEdge { node: Customer! cursor: String! }
type Customer @key(fields: "id") {
  id: ID! name: String! tags: [String!]! addresses: [Address!]!
  related(first: Int, last: Int): CustomerConnection!
  recent(first: Int = 2): CustomerConnection!
}
type Address @shareable { city: String! }
"""
PAGE = "https://app.example.org"


@pytest.fixture(scope="module")
def world(world_type: Any) -> Any:
    customer: dict[str, Any] = {"id": "1", "name": "Ada " * 400, "tags": [], "addresses": []}
    customers = {"nodes": [customer], "edges": [], "totalCount": 1}
    customer["related"] = customer["recent"] = lambda *_, **__: customers
    roots = {
        "Query": {"customer": lambda _, id: customer, "customers": lambda *_, **__: customers},
        "Mutation": {"rename": lambda _, id: customer},
    }
    return world_type(roots=roots)


@pytest.fixture(scope="module")
async def local(graph: Any, world: Any) -> Any:
    return await graph(world, customer=SDL)


@pytest.fixture
async def strict(graph: Any, world: Any, issuer: Any) -> Any:
    settings = Settings(
        issuer=issuer.name,
        jwks_url=issuer.url,
        requests_per_second=0.01,
        request_burst=3,
        cors_origins=(PAGE,),
    )
    return await graph(world, settings=settings, is_open=False, customer=SDL)


async def cost(local: Any, query: str, **variables: Any) -> int:
    """What the gateway says that an operation may cost."""
    sent = {"query": query, "variables": variables}
    async with local.http.post(f"{local.url}/graphql", json=sent) as response:
        return int((await response.json())["extensions"]["cost"])


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ __typename }", {}, 0),
        ('{ customer(id: "1") { id } }', {}, 2),
        ('{ customer(id: "1") { id } customer(id: "1") { id } }', {}, 2),
        ('{ customer(id: "1") { addresses { city } } }', {}, 1 + 6),
        ("{ customers { nodes { __typename } } }", {}, 1 + 20),
        ("{ customers(first: 7) { nodes { __typename } } }", {}, 1 + 7),
        ("query($n: Int) { customers(first: $n) { nodes { __typename } } }", {"n": 50}, 1 + 50),
        ("query($n: Int = 9) { customers(first: $n) { nodes { __typename } } }", {}, 1 + 9),
        ("query($n: Int) { customers(first: $n) { edges { node { __typename } } } }", {"n": 3}, 1 + 3 * 2),
        ("{ customers(first: 4) { nodes { related(last: 5) { nodes { __typename } } } } }", {}, 1 + 4 * 7),
        ('{ customer(id: "1") { recent { nodes { __typename } } } }', {}, 1 + 1 + 2),
        ("query($y: Boolean!) { customers @include(if: $y) { totalCount } }", {"y": False}, 0),
        ("query($y: Boolean!) { customers @include(if: $y) { totalCount } }", {"y": True}, 2),
        ('mutation { rename(id: "1") { __typename } }', {}, 51),
    ],
)
async def test_an_operation_costs_the_objects_that_its_answer_may_hold(
    local: Any, query: str, variables: dict[str, Any], expected: int
) -> None:
    assert await cost(local, query, **variables) == expected


async def test_what_exceeds_the_budget_is_refused_before_anything_is_fetched(local: Any) -> None:
    local.subgraphs["customer"].requests.clear()
    related = "related(first: 100) { nodes { id } }"
    plain = f"{{ customers(first: 100) {{ nodes {{ related(first: 100) {{ nodes {{ {related} }} }} }} }} }}"
    by_fragment = f"{{ customers(first: 100) {{ nodes {{ ...R }} }} }} fragment R on Customer {{ {related} }}"
    for query in (plain, by_fragment):
        status, answer = await local.post({"query": query})
        [error] = answer["errors"]
        assert (status, error["extensions"]["code"]) == (413, "LIMIT")
        assert error["extensions"]["cost"] > error["extensions"]["budget"] == 10_000
        assert "first" in error["message"]
    status, answer = await local.post({"query": "{ customers(first: 101) { totalCount } }"})
    assert (status, answer["errors"][0]["extensions"]["code"]) == (413, "LIMIT")
    assert local.subgraphs["customer"].requests == []


def test_the_customer_from_every_side_costs_a_small_part_of_the_budget() -> None:
    supergraph = read_supergraph((HOME / "supergraph.graphql").read_text())
    operations = Operations(
        schema=supergraph.schema,
        supergraph=supergraph,
        planner=Planner((HOME / "supergraph.graphql").read_text()),
        limits=Limits(),
        secretive=True,
    )
    text = (HOME.parent / "docs/graphql/customer360.graphql").read_text()
    prepared = operations.prepare(text, None)
    values = operations.variables(prepared, {"id": "1"})
    assert operations.cost(prepared, values) * 10 < Limits().cost


async def test_each_caller_has_its_own_share_of_requests(strict: Any, issuer: Any) -> None:
    ada, bob = issuer.bearer(), issuer.bearer()
    body = {"query": "{ __typename }"}
    assert [(await strict.post(body, ada))[0] for _ in range(4)] == [200, 200, 200, 429]
    async with strict.http.post(f"{strict.url}/graphql", json=body, headers=ada) as response:
        [error] = (await response.json())["errors"]
    assert error["extensions"] == {"code": "LIMIT", "retryAfter": int(response.headers["retry-after"])}
    assert 90 < error["extensions"]["retryAfter"] <= 100
    dear = "{ customers(first: 100) { nodes { related(first: 100) { nodes { id } } } } }"
    assert (await strict.post({"query": dear}, bob))[0] == 413
    assert [(await strict.post(body, bob))[0] for _ in range(3)] == [200, 200, 429]
    bad = {"Authorization": "Bearer x.y.z"}
    assert [(await strict.post(body, headers))[0] for headers in (None, bad, None, bad)] == [
        200,
        401,
        200,
        429,
    ]


def test_a_share_grows_back_and_dear_operations_use_more_of_it() -> None:
    now = 0.0
    rates = Rates(10, 20, clock=lambda: now)
    for _ in range(20):
        rates.take("ada")
    with pytest.raises(Refused):
        rates.take("ada")
    now = 1.0
    rates.take("ada")
    rates.charge("ada", 999)
    rates.charge("ada", 10_000)
    with pytest.raises(Refused):
        rates.take("ada")
    now = 100.0
    for _ in range(20):
        rates.take("ada")


def test_counting_callers_takes_bounded_memory() -> None:
    rates = Rates(1, 1)
    for number in range(CALLERS + 1_000):
        rates.take(str(number))
    assert len(rates._used) == CALLERS


def test_a_stranger_is_counted_by_address_and_an_ipv6_network_as_one() -> None:
    assert counted_as("192.0.2.1") != counted_as("192.0.2.2")
    assert counted_as("2001:db8::1") == counted_as("2001:db8::ffff:2")
    assert counted_as("2001:db8::1") != counted_as("2001:db8:0:1::1")
    assert counted_as("::ffff:192.0.2.1") != counted_as("::ffff:192.0.2.2")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, br", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", None),
        ("br;q=none", None),
        ("", None),
    ],
)
async def test_large_answers_are_compressed_as_the_caller_accepts(
    local: Any, accepted: str, coding: str | None
) -> None:
    sent = orjson.dumps({"query": '{ customer(id: "1") { name } }'})
    headers = {"accept-encoding": accepted, "content-type": "application/json"}
    async with local.http.post(
        f"{local.url}/graphql", data=sent, headers=headers, auto_decompress=False
    ) as response:
        body = await response.read()
    assert response.headers.get("content-encoding") == coding
    assert "accept-encoding" in response.headers["vary"]
    content = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding](body)
    assert orjson.loads(content)["data"] == {"customer": {"name": "Ada " * 400}}
    assert (len(body) < 300) is (coding is not None)


async def test_small_answers_are_not_compressed(local: Any) -> None:
    async with local.http.post(f"{local.url}/graphql", json={"query": "{ __typename }"}) as response:
        assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("accept", "media_type", "status"),
    [
        ("application/graphql-response+json", "application/graphql-response+json", 400),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "application/graphql-response+json",
            400,
        ),
        ("application/json, application/graphql-response+json;q=0.9", "application/json", 200),
        ("application/json", "application/json", 200),
        ("*/*", "application/json", 400),
        ("text/html", "application/json", 400),
    ],
)
async def test_status_and_media_type_follow_the_specification_of_graphql_over_http(
    local: Any, accept: str, media_type: str, status: int
) -> None:
    for body, expected in (
        ({"query": "{ __typename }"}, 200),
        ({"query": "{ nothing }"}, status),
        ({"query": "{"}, status),
        ({"query": 3}, 400),
    ):
        async with local.http.post(f"{local.url}/graphql", json=body, headers={"accept": accept}) as response:
            answer = await response.json()
        assert (response.status, response.content_type) == (expected, media_type)
        assert ("data" in answer) is (body["query"] == "{ __typename }")


PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


async def test_pages_of_other_origins_are_denied_unless_named(strict: Any, local: Any) -> None:
    for graph, origin, allowed in (
        (local, PAGE, None),
        (strict, PAGE, PAGE),
        (strict, "https://evil.example", None),
    ):
        target = f"{graph.url}/graphql"
        async with graph.http.options(target, headers={"origin": origin, **PREFLIGHT}) as response:
            assert response.headers.get("access-control-allow-origin") == allowed
            assert (response.status == 200) is (allowed is not None)
        body = {"query": "{ __typename }"}
        async with graph.http.post(target, json=body, headers={"origin": origin}) as response:
            assert response.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in response.headers
            if graph is strict:
                assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize("origin", ["*", "null", "https://app.example.org/", "app.example.org"])
def test_what_is_no_origin_stops_the_gateway_from_starting(tmp_path: Path, origin: str) -> None:
    supergraph = tmp_path / "supergraph.graphql"
    supergraph.write_text('enum join__Graph { A @join__graph(name: "a", url: "") } type Query { a: Int }')
    settings = Settings(cors_origins=(origin,))
    with pytest.raises(NotConfigured, match="ROUNDEL_CORS_ORIGINS"):
        application(supergraph, settings, open_to_all=True)


async def test_only_names_that_worked_for_a_known_caller_label_figures(
    graph: Any, world: Any, issuer: Any
) -> None:
    settings = Settings(issuer=issuer.name, jwks_url=issuer.url)
    ask = await graph(world, settings=settings, is_open=False, customer=SDL)
    await ask("query Stranger { __typename }")
    await ask("query Refused { nothing }", issuer.bearer())
    for number in range(120):
        await ask(f"query Named{number} {{ __typename }}", issuer.bearer())
    async with ask.http.get(f"{ask.url}/metrics") as response:
        figures = await response.text()
    assert "Stranger" not in figures
    assert "Refused" not in figures
    assert len({line for line in figures.splitlines() if 'seconds_count{operation="Named' in line}) == 100
    assert "gateway_operation_cost_count" in figures
