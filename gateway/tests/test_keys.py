"""How entities are found: by one of several keys, by compound and nested keys, over other services' keys."""

from typing import Any

import pytest

CATALOG = """
type Query { products: [Product!]! product(id: ID!): Product best: Product @shareable count: Int! @shareable }
type Product @key(fields: "id") @key(fields: "sku package") {
  id: ID! sku: String! package: String! name: String! similar: [Product!]! colour: String
}
"""
STOCK = """
type Query { best: Product @shareable count: Int! @shareable depots: [Depot!]! shelves: [[Depot]!] }
type Product @key(fields: "sku package") { sku: String! package: String! quantity: Int depot: Depot }
type Depot @key(fields: "number") { number: Int! main: Product spare: Product }
"""
PLACES = """
type Depot @key(fields: "number") @key(fields: "site { code zone { id } }") {
  number: Int! title: String site: Site!
}
type Site { code: String! zone: Zone! }
type Zone { id: ID! }
"""
ROUTES = """
type Depot @key(fields: "site { code zone { id } }") { site: Site! trucks: [Truck!] }
type Site { code: String! zone: Zone! }
type Zone { id: ID! }
type Truck @key(fields: "plate stops { number }") { plate: String! stops: [Stop!]! }
type Stop { number: Int! }
"""
DRIVERS = """
type Truck @key(fields: "plate stops { number }") { plate: String! stops: [Stop!]! driver: String }
type Stop { number: Int! }
"""
CODES = """
type Product @key(fields: "id") @key(fields: "upc") { id: ID! upc: String colour: String @override(from:
  "catalog") }
"""
ARCHIVE = """
type Query { orders: [Order!]! }
type Order @key(fields: "id") { id: ID! product: Product }
type Product @key(fields: "upc") { upc: String drawings: [String!] }
"""
ORDERS = """
type Order @key(fields: "id") { id: ID! first: Goods second: Goods }
type Goods @key(fields: "id", resolvable: false) { id: ID! }
"""
GOODS = """
type Goods @key(fields: "id") { id: ID! label: String parts: [Goods!] }
"""


def a_world(make: Any) -> Any:
    depots: list[dict[str, Any]] = [
        {"number": n, "title": f"Depot {n}", "site": {"code": f"S{n % 2}", "zone": {"id": f"z{n}"}}}
        for n in range(3)
    ]
    for depot in depots:
        stops = [{"number": depot["number"]}, {"number": 9}]
        depot["trucks"] = [{"plate": f"T{depot['number']}", "stops": stops, "driver": "Ada"}]
    depots[2]["trucks"] = None
    products: list[dict[str, Any]] = [
        {
            "id": f"{n}",
            "sku": f"sku-{n // 2}",
            "package": "box" if n % 2 else "bag",
            "name": f"Product {n}",
            "quantity": n * 10,
            "depot": depots[n % 3] if n < 5 else None,
            "upc": f"u{n}" if n != 2 else None,
            "colour": f"colour {n}",
            "drawings": [f"drawing {n}"] if n != 2 else None,  # found by the upc, which this one lacks
        }
        for n in range(6)
    ]
    for n, product in enumerate(products):
        product["similar"] = [products[(n + 1) % 6], products[(n + 2) % 6]]
    for n, depot in enumerate(depots):
        depot["main"], depot["spare"] = products[n], products[n + 1] if n else None
    goods = [{"id": f"g{n}", "label": f"Goods {n}"} for n in range(3)]
    for n in range(3):
        goods[n]["parts"] = goods[:n]  # type: ignore[assignment]
    orders = [
        {"id": f"o{n}", "product": products[(0, 1, 3)[n]], "first": goods[n], "second": goods[2 - n]}
        for n in range(3)
    ]
    return make(
        roots={
            "Query": {
                "products": products,
                "product": lambda _, id: next((p for p in products if p["id"] == id), None),
                "best": products[1],
                "count": 6,
                "depots": depots,
                "shelves": [[depots[0], None], [], [depots[1], depots[0]]],
                "orders": orders,
            }
        },
        entities={
            "Product": {p["id"]: p for p in products},
            "Depot": {str(d["number"]): d for d in depots},
            "Truck": {t["plate"]: t for d in depots for t in d["trucks"] or ()},
            "Order": {o["id"]: o for o in orders},
            "Goods": {g["id"]: g for g in goods},
        },
    )


SERVICES = {
    "catalog": CATALOG,
    "stock": STOCK,
    "places": PLACES,
    "routes": ROUTES,
    "drivers": DRIVERS,
    "codes": CODES,
    "archive": ARCHIVE,
    "orders": ORDERS,
    "goods": GOODS,
}
QUERIES = {
    "a compound key": "{ products { quantity } }",
    "another key of the same type": "{ best { name quantity colour } }",
    "a key that another service translates": "{ products { drawings } }",
    "back from the second key to the first": "{ orders { product { name drawings quantity } } }",
    "a nested key": "{ depots { trucks { plate } } }",
    "a chain over four services": "{ products { depot { trucks { driver } title } } }",
    "a key with a list": "{ depots { trucks { driver stops { number } } } }",
    "an overridden field": "{ products { colour similar { colour } } }",
    "a service that holds only the key": "{ orders { first { label } second { label parts { label } } } }",
    "lists of lists with nulls": "{ shelves { title main { name } } }",
    "keys selected by alias": "{ products { sku: package id: name package: sku quantity } }",
    "keys hidden behind other aliases": """{ depots {
      site: title number: title x: site { code: zone { id } zone: code } trucks { plate: driver } } }""",
    "shared roots": "{ best { id } count other: count }",
    "shared roots of different ways": "{ best { name } again: best { quantity depot { title } } }",
    "one entity at two depths": "{ products { quantity similar { quantity similar { quantity } } } }",
    "nothing there": '{ product(id: "77") { quantity colour } }',
    "one null among many": "{ depots { main { quantity } spare { quantity colour drawings } } }",
}


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    return await graph(a_world(world_type), **SERVICES)


@pytest.mark.parametrize("case", QUERIES)
async def test_entities_are_found_whatever_their_keys(shared: Any, case: str) -> None:
    answer = await shared(QUERIES[case])
    assert answer == await shared.expected(QUERIES[case])
    assert "errors" not in answer


async def test_an_entity_without_a_key_is_not_asked_for(shared: Any) -> None:
    shared.subgraphs["archive"].requests.clear()
    await shared("{ products { drawings } }")
    [request] = shared.subgraphs["archive"].requests
    assert [r["upc"] for r in request["variables"]["representations"]] == ["u0", "u1", "u3", "u4", "u5"]


async def test_each_representation_is_sent_once(shared: Any) -> None:
    shared.subgraphs["goods"].requests.clear()
    await shared("{ orders { first { label } } again: orders { first { label } } }")
    sent = [r for q in shared.subgraphs["goods"].requests for v in q["variables"].values() for r in v]
    assert [r["id"] for r in sent] == ["g0", "g1", "g2"]


async def test_entities_at_several_places_are_asked_for_in_one_request(shared: Any) -> None:
    """Selections that differ keep their own `_entities` field in it."""
    shared.subgraphs["goods"].requests.clear()
    query = "{ orders { first { label } second { parts { id } } } }"
    answer = await shared(query)
    assert answer == await shared.expected(query)
    [request] = shared.subgraphs["goods"].requests
    assert request["query"].count("_entities") == 2


async def test_answers_at_two_places_of_one_entity_stay_apart(shared: Any) -> None:
    answer = await shared(
        "{ a: best { similar { depot { title } } } b: best { similar { depot { number } } } }"
    )
    assert answer["data"] == {
        "a": {"similar": [{"depot": {"title": "Depot 2"}}, {"depot": {"title": "Depot 0"}}]},
        "b": {"similar": [{"depot": {"number": 2}}, {"depot": {"number": 0}}]},
    }
