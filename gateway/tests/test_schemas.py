"""Services whose schemas differ: older federation, other enums and inputs, hidden and moved fields."""

from typing import Any

import pytest

FIRST = """# Federation 1
type Query { products: [Product] }
type Product @key(fields: "upc") { upc: String! name: String weight: Int }
"""
EXTENDING = """# Federation 1
extend type Query { topReview: Review }
type Review @key(fields: "id") { id: ID! body: String product: Product @provides(fields: "name") }
extend type Product @key(fields: "upc") {
  upc: String! @external name: String @external weight: Int @external
  reviews: [Review] heavy: Boolean @requires(fields: "weight")
}
"""
LEVELS = """
type Query { customer(level: Level, filter: Filter): Customer customers: [Customer!]! }
enum Level { GOLD SILVER BRONZE }
enum State { NEW DONE }
enum Both { A B }
input Filter { level: Level size: Int }
type Customer @key(fields: "id") {
  id: ID! state: State both: Both name: String hidden: String @inaccessible
  moved: String old: String
}
"""
OTHERS = """
enum Level { GOLD SILVER }
enum State { DONE LOST }
enum Both { B A }
input Filter { level: Level extra: String }
type Customer @key(fields: "id") {
  id: ID! rank(level: Level, filter: Filter): String last: State twin(both: Both): Both
  moved: String @override(from: "levels")
  hidden: String @external shown: String @requires(fields: "hidden")
}
"""


@pytest.fixture(scope="module")
async def older(graph: Any, world_type: Any) -> Any:
    products = {
        u: {"__typename": "Product", "upc": u, "name": f"Product {u}", "weight": int(u) * 60} for u in "12"
    }
    reviews = {n: {"id": n, "body": f"Review {n}", "product": products[n]} for n in "12"}
    for upc, product in products.items():
        product["reviews"] = [reviews[upc], None]
    world = world_type(
        roots={"Query": {"products": [*products.values(), None], "topReview": reviews["2"]}},
        entities={"Product": products, "Review": reviews},
        resolvers={("Product", "heavy"): lambda product, _: product["weight"] > 100},
    )
    return await graph(world, catalog=FIRST, reviews=EXTENDING)


@pytest.mark.parametrize(
    "query",
    [
        "{ products { name reviews { body product { upc weight } } } }",
        "{ topReview { product { name } } }",
        "{ topReview { product { name weight heavy reviews { id } } } }",
        "{ all: products { upc: name heavy } topReview { body __typename } }",
    ],
)
async def test_schemas_of_the_first_federation_still_compose_and_answer(older: Any, query: str) -> None:
    answer = await older(query)
    assert answer == await older.expected(query)
    assert "errors" not in answer


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    customers = {
        f"{n}": {
            "__typename": "Customer",
            "id": f"{n}",
            "state": ["NEW", "DONE", "NEW"][n],
            "last": ["LOST", "DONE", None][n],
            "both": "AB"[n % 2],
            "hidden": f"hidden {n}",
            "moved": f"moved {n}",
        }
        for n in range(3)
    }

    def customer(_: Any, level: str | None = None, filter: dict[str, Any] | None = None) -> Any:
        wanted = level or (filter or {}).get("level")
        return customers[str(["GOLD", "SILVER"].index(wanted))] if wanted else None

    world = world_type(
        roots={
            "Query": {
                "customer": customer,
                "customers": list(customers.values()),
            }
        },
        entities={"Customer": customers},
        resolvers={
            ("Customer", "rank"): lambda c, _, **given: f"{c['id']} {sorted(given.items())}",
            ("Customer", "twin"): lambda c, _, both: both,
            ("Customer", "shown"): lambda c, _: c["hidden"].upper(),
        },
    )
    return await graph(world, levels=LEVELS, others=OTHERS)


@pytest.mark.parametrize(
    "query",
    [
        "{ customer(level: GOLD) { id rank(level: SILVER) state last } }",
        "{ customer(filter: {level: SILVER}) { rank(filter: {level: GOLD}) both twin(both: A) } }",
        "{ customers { state last moved shown } }",
    ],
)
async def test_what_the_services_share_of_enums_and_inputs_is_answered(shared: Any, query: str) -> None:
    answer = await shared(query)
    assert answer == await shared.expected(query)
    assert "errors" not in answer


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ customer(level: BRONZE) { id } }", "BRONZE"),
        ("{ customer(filter: {size: 1}) { id } }", "size"),
        ('{ customers { rank(filter: {extra: "a"}) } }', "extra"),
        ("{ customers { hidden } }", "hidden"),
    ],
)
async def test_what_only_one_service_takes_is_refused(shared: Any, query: str, told: str) -> None:
    status, answer = await shared.post({"query": query})
    assert status == 400
    assert told in answer["errors"][0]["message"]


async def test_a_moved_field_is_asked_of_its_new_service(shared: Any) -> None:
    for subgraph in shared.subgraphs.values():
        subgraph.requests.clear()
    await shared("{ customers { moved } }")
    assert ["moved" in r["query"] for r in shared.subgraphs["levels"].requests] == [False]
    assert ["moved" in r["query"] for r in shared.subgraphs["others"].requests] == [True]
