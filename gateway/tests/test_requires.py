"""Fields that a service computes from others' fields, and fields that it provides of others' entities."""

from typing import Any

import pytest
from aiohttp import web

CATALOG = """
type Query { products: [Product!]! product(id: ID!): Product newest(first: Int = 9): [Product!]! sold:
  [Sold!]! }
type Product implements Sold @key(fields: "id") {
  id: ID! name: String! price(currency: String = "EUR", rounded: Boolean = false): Int weight: Int
  size: Size maker: Maker tags(first: Int = 2): [String!] similar: [Product!]! parts: [Part!]!
}
type Service implements Sold @key(fields: "id") { id: ID! hours: Int name: String! }
interface Sold { id: ID! name: String! }
type Size @shareable { height: Int width: Int }
type Maker @key(fields: "id") { id: ID! country: Country }
type Country @shareable { code: String! }
union Part = Screw | Board
type Screw @shareable { length: Int }
type Board @shareable { area: Int }
"""
SHIPPING = """
type Product @key(fields: "id") {
  id: ID! weight: Int @external
  size: Size @external
  maker: Maker @external
  parts: [Part!]! @external
  price(currency: String = "EUR", rounded: Boolean = false): Int @external
  postage(express: Boolean = false): Int @requires(fields: "weight")
  parcel: String @requires(fields: "size { height width } maker { country { code } }")
  customs: Int @requires(fields: "price(currency: \\"USD\\", rounded: true)")
  material: String @requires(fields: "parts { ... on Screw { length } ... on Board { area } }")
}
type Service implements Sold @key(fields: "id") {
  id: ID! hours: Int @external name: String! @external trip: Int @requires(fields: "hours")
}
interface Sold { id: ID! name: String! }
type Size @shareable { height: Int width: Int }
type Maker @key(fields: "id") { id: ID! country: Country @external }
type Country @shareable { code: String! }
union Part = Screw | Board
type Screw @shareable { length: Int }
type Board @shareable { area: Int }
"""
TOTALS = """
type Product @key(fields: "id") {
  id: ID!
  postage(express: Boolean = false): Int @external
  price(currency: String = "EUR", rounded: Boolean = false): Int @external
  total: Int @requires(fields: "postage price")
  urgent: Int @requires(fields: "postage(express: true) price(currency: \\"GBP\\")")
}
"""
ADVICE = """
type Query { advice: Advice! }
type Advice { product: Product @provides(fields: "weight")
  any: Sold @provides(fields: "... on Product { name }")
  either: Either @provides(fields: "... on Service { hours }") }
union Either = Product | Service
interface Sold { id: ID! }
type Product implements Sold @key(fields: "id") {
  id: ID! name: String! @external weight: Int @external total: Int @external
  verdict: String @requires(fields: "total")
}
type Service implements Sold @key(fields: "id") { id: ID! hours: Int @external }
"""
PRICES = {"EUR": 10, "USD": 11, "GBP": 9}


def a_world(make: Any) -> Any:
    products: list[dict[str, Any]] = [
        {
            "__typename": "Product",
            "id": f"{n}",
            "name": f"Product {n}",
            "weight": n + 1,
            "size": {"height": n, "width": 2} if n else None,
            "maker": {"id": f"m{n}", "country": {"code": "DE"} if n < 2 else None},
            "parts": [{"__typename": "Screw", "length": n}, {"__typename": "Board", "area": 4}],
            "rank": n,
        }
        for n in range(3)
    ]
    for product in products:
        product["similar"] = [other for other in products if other is not product]
    service = {"__typename": "Service", "id": "s", "name": "Service", "hours": 3}
    makers = [product["maker"] for product in products]

    def price(product: Any, _: Any, currency: str = "EUR", rounded: bool = False) -> int:
        sent = product.get("price")  # a representation brings it along
        exact = PRICES[currency] * int(product["id"]) + 3
        return int(sent) if isinstance(sent, int) else exact // 10 * 10 if rounded else exact

    def priced(product: Any, **arguments: Any) -> int:
        return price(product, None, **arguments)

    def postage(product: Any, express: bool = False) -> int:
        sent = product.get("postage")
        return int(sent) if isinstance(sent, int) else int(product["weight"]) * (100 if express else 10)

    return make(
        roots={
            "Query": {
                "products": products,
                "product": lambda _, id: products[int(id)] if id in "012" else None,
                "newest": lambda _, first: products[:first],
                "sold": [products[1], service, products[2]],
                "advice": {"product": products[1], "any": products[2], "either": service},
            }
        },
        entities={
            "Product": {p["id"]: p for p in products},
            "Service": {"s": service},
            "Maker": {m["id"]: m for m in makers},
        },
        resolvers={
            ("Product", "price"): price,
            ("Product", "tags"): lambda p, _, first: [f"{p['id']}-{n}" for n in range(first)],
            ("Product", "postage"): lambda p, _, express: postage(p, express),
            ("Product", "parcel"): lambda p, _: f"{p['size']} {p['maker'] and p['maker']['country']}",
            ("Product", "customs"): lambda p, _: priced(p, currency="USD", rounded=True) + 1,
            ("Product", "material"): lambda p, _: str([sorted(part.items()) for part in p["parts"]]),
            ("Product", "total"): lambda p, _: priced(p) + postage(p),
            ("Product", "urgent"): lambda p, _: priced(p, currency="GBP") + postage(p, express=True),
            ("Product", "verdict"): lambda p, _: (
                f"total {p['total'] if 'total' in p else priced(p) + postage(p)}"
            ),
            ("Service", "trip"): lambda s, _: s["hours"] * 2,
        },
    )


SERVICES = {"catalog": CATALOG, "shipping": SHIPPING, "totals": TOTALS, "advice": ADVICE}
QUERIES = {
    "a plain requirement": "{ products { postage } }",
    "nested objects": "{ products { parcel } }",
    "arguments": "{ products { customs } }",
    "fragments on a union": "{ products { material } }",
    "a chain": "{ products { total } }",
    "a longer chain": "{ advice { product { verdict } } }",
    "all at once": "{ products { postage parcel customs material total verdict } }",
    "required and selected": """{ products { weight postage size { height } parcel parts { __typename }
      material } }""",
    "required behind an alias": "{ products { weight: id x: weight size: name id: weight postage parcel } }",
    "the caller's other arguments": """{ products {
      price(currency: "GBP") customs a: price(currency: "USD") b: price(rounded: true) } }""",
    "the caller's other arguments hidden in a fragment": """{ products { ...Priced total }
      product(id: "1") { customs ... on Product { price(currency: "USD") } } }
      fragment Priced on Product { price(currency: "USD", rounded: false) postage(express: true) }""",
    "the caller's other arguments further down": """{ products {
      similar { a: price(currency: "GBP") customs similar { customs price } } } }""",
    "the required arguments": '{ products { price(currency: "USD", rounded: true) customs } }',
    "one requirement of two fields": "{ products { postage parcel again: postage(express: true) } }",
    "below an aliased list": "{ all: products { cost: postage more: similar { total postage } } }",
    "below two aliases of one list": """{
      few: newest(first: 1) { total } many: newest(first: 3) { postage verdict } all: newest { customs } }""",
    "below aliases of aliases": """{ a: newest(first: 2) {
      b: similar { c: similar { d: total e: price(currency: "GBP") } f: similar { material } } } }""",
    "through an interface": """{ sold { name ... on Product { postage total } ... on Service { trip } } }""",
    "through a named fragment": """{ sold { ...Cost } products { ...Cost } }
      fragment Cost on Product { total ...Way } fragment Way on Product { parcel }""",
    "provided fields": """{ advice { product { weight } any { ... on Product { name } }
      either { ... on Service { hours } } } }""",
    "more than is provided": """{ advice { product { weight name postage } any { id ... on Product { weight
      } }
      either { ... on Service { hours name trip } } } }""",
    "a requirement that is provided": "{ advice { product { postage } } }",
    "arguments through an interface": """{ sold {
      ... on Product { customs price(currency: "GBP") other: price } } }""",
    "with a condition": """{ products { postage @include(if: true) parcel @skip(if: true) total @skip(if:
      false) } }""",
    "a missing entity": '{ product(id: "9") { total } }',
    "lists with arguments": "{ products { a: tags(first: 1) tags b: tags(first: 3) postage } }",
}


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    return await graph(a_world(world_type), **SERVICES)


@pytest.mark.parametrize("case", QUERIES)
async def test_a_requirement_is_met_whatever_the_caller_selects(shared: Any, case: str) -> None:
    answer = await shared(QUERIES[case])
    assert answer == await shared.expected(QUERIES[case])
    assert "errors" not in answer


@pytest.mark.parametrize(
    "fields", ["total customs", "customs total price", "urgent customs price(rounded: true)"]
)
@pytest.mark.parametrize(
    "query",
    [
        "{ products { similar { %s } } }",
        "{ sold { ... on Product { %s } } }",
        "{ products { customs similar { %s similar { total customs } } } }",
        "{ a: products { b: similar { %s } } newest(first: 1) { %s } }",
    ],
)
async def test_two_services_require_one_field_with_different_arguments_further_down(
    shared: Any, query: str, fields: str
) -> None:
    query = query.replace("%s", fields)
    assert await shared(query) == await shared.expected(query)


async def test_a_service_is_sent_just_what_it_requires(shared: Any) -> None:
    shared.subgraphs["shipping"].requests.clear()
    await shared('{ product(id: "1") { name price size { height } customs parcel } }')
    sent = [r for q in shared.subgraphs["shipping"].requests for r in q["variables"]["representations"]]
    assert sent == [
        {
            "__typename": "Product",
            "id": "1",
            "price": 10,
            "size": {"height": 1, "width": 2},
            "maker": {"country": {"code": "DE"}},
        }
    ]


async def test_what_is_provided_is_asked_for_nowhere_else(shared: Any) -> None:
    shared.subgraphs["catalog"].requests.clear()
    answer = await shared(QUERIES["provided fields"])
    assert answer["data"]["advice"] == {
        "product": {"weight": 2},
        "any": {"name": "Product 2"},
        "either": {"hours": 3},
    }
    assert shared.subgraphs["catalog"].requests == []


async def test_a_requirement_that_failed_fails_what_requires_it_and_no_more(
    graph: Any, world_type: Any
) -> None:
    async def garbage(_: web.Request) -> web.StreamResponse:
        return web.Response(status=502)

    ask = await graph(a_world(world_type), **SERVICES)
    ask.subgraphs["shipping"].misbehave = garbage
    ask.subgraphs["totals"].requests.clear()
    answer = await ask("{ products { name total verdict price } }")
    assert answer["data"]["products"][1] == {"name": "Product 1", "total": None, "verdict": None, "price": 13}
    assert [part["service"] for part in answer["extensions"]["parts"]] == ["shipping"]
    assert ask.subgraphs["totals"].requests == []
