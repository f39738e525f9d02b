"""Variables and literals: coerced alike, refused clearly, and sent on as they were meant."""

import json
from typing import Any

import pytest

CUSTOMER = """
type Query { echo(
  text: String level: Level filter: Filter tags: [String!] grid: [[Int]] count: Int = 7 ratio: Float
  id: ID flag: Boolean day: Day must: [Filter!] either: Either): String
  need(level: Level!, filter: Filter! = {size: 1}): String
  customer(id: ID!): Customer }
enum Level { GOLD SILVER }
scalar Day
input Filter { region: String = "EU" size: Int! levels: [Level!] inner: Filter }
input Either { one: String two: Int }
type Customer @key(fields: "id") { id: ID! }
"""
SALES = """
enum Level { GOLD SILVER BRONZE }
input Filter { region: String = "EU" size: Int! levels: [Level!] inner: Filter }
type Customer @key(fields: "id") { id: ID! found(filter: Filter, level: Level = GOLD, first: Int): String }
"""


def told(_: Any, __: Any = None, **given: Any) -> str:
    return json.dumps(given, sort_keys=True)


def a_world(make: Any) -> Any:
    customer = {"__typename": "Customer", "id": "1"}
    return make(
        roots={"Query": {"echo": told, "need": told, "customer": lambda _, id: customer}},
        entities={"Customer": {"1": customer}},
        resolvers={("Customer", "found"): told},
    )


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    return await graph(a_world(world_type), customer=CUSTOMER, sales=SALES)


GIVEN: dict[str, tuple[str, list[Any]]] = {
    "String": ("text", ["a", "", "\"'\\\n\u00e9\U0001f600", None]),
    "Level": ("level", ["GOLD", None]),
    "[String!]": ("tags", [[], ["a", "b"], "one", None]),
    "[[Int]]": ("grid", [[[1, None], None, []], [1, 2], 3]),
    "Int": ("count", [0, -(2**31), 2**31 - 1, 5.0, None]),
    "Float": ("ratio", [1, 1.5, -0.0, 1e300]),
    "ID": ("id", ["x", 7, str(2**70)]),
    "Boolean": ("flag", [True, False, None]),
    "Day": ("day", ["2026-01-01", 3, {"any": ["thing", None]}]),
    "Filter": (
        "filter",
        [
            {"size": 2},
            {"size": 2, "region": None, "levels": None},
            {"size": 2, "region": "US", "levels": "GOLD", "inner": {"size": 3, "levels": ["GOLD", "SILVER"]}},
        ],
    ),
    "[Filter!]": ("must", [[{"size": 1}, {"size": 2}], {"size": 3}]),
    "Either": ("either", [{}, {"one": "a", "two": None}]),
}
CASES = [(kind, argument, value) for kind, (argument, values) in GIVEN.items() for value in values]


@pytest.mark.parametrize(("kind", "argument", "value"), CASES, ids=str)
async def test_a_variable_reaches_the_service_as_it_was_meant(
    shared: Any, kind: str, argument: str, value: Any
) -> None:
    query = f"query ($v: {kind}) {{ echo({argument}: $v) }}"
    answer = await shared(query, v=value)
    assert answer == await shared.expected(query, v=value)
    assert "errors" not in answer


QUERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "a variable left out": ("query ($v: Int) { echo(count: $v) }", {}),
    "a variable left out of a list": ("query ($v: Int) { echo(grid: [[$v, 1]]) }", {"v": 4}),
    "a default of a variable": ('query ($v: String = "d") { echo(text: $v) }', {}),
    "a default that is null": ("query ($v: Int = null) { echo(count: $v) }", {}),
    "null in place of a default": ('query ($v: String = "d") { echo(text: $v) }', {"v": None}),
    "a default that is an object": (
        "query ($v: Filter = {size: 4, levels: GOLD}) { echo(filter: $v) }",
        {},
    ),
    "a default for what may not be null": ("query ($v: Level = GOLD) { need(level: $v) }", {}),
    "a default of an argument": ("{ need(level: SILVER) }", {}),
    "variables within an object": (
        """query ($s: Int!, $l: Level!, $r: String) {
          echo(filter: {size: $s, levels: [$l, GOLD], region: $r}) }""",
        {"s": 1, "l": "SILVER"},
    ),
    "a variable within an object left out": (
        "query ($r: String) { echo(filter: {size: 1, region: $r, inner: {size: 2, region: $r}}) }",
        {},
    ),
    "literals of each kind": (
        """{ echo(text: "t", level: GOLD, tags: "a", grid: [1, [2]], count: null, ratio: 2, id: 3, flag: true,
        day: "2026-01-01", must: {size: 1}, either: {one: "a"}) }""",
        {},
    ),
    "block strings": ('{ echo(text: """ a\n   "b"\n   c """) }', {}),
    "one variable for two services": (
        """query ($f: Filter, $l: Level) {
          echo(filter: $f, level: $l) customer(id: 1) { found(filter: $f, level: $l) } }""",
        {"f": {"size": 1}, "l": "GOLD"},
    ),
    "a variable named as a lifted literal": (
        "query ($_0: Int, $_1: Int) { a: echo(count: 5) b: echo(count: $_1) c: echo(count: $_0) }",
        {"_0": 1, "_1": 2},
    ),
    "one field with several sets of arguments": (
        """query ($n: Int) { customer(id: 1) { a: found(first: 1) b: found(first: $n) found
        c: found(level: SILVER) d: found(first: 1) } }""",
        {"n": 1},
    ),
    "arguments in any order": (
        '{ a: echo(text: "a", count: 1) b: echo(count: 1, text: "a") c: echo(count: 2, text: "a") }',
        {},
    ),
}


@pytest.mark.parametrize("case", QUERIES)
async def test_defaults_nulls_and_literals_mean_the_same_everywhere(shared: Any, case: str) -> None:
    query, given = QUERIES[case]
    answer = await shared(query, **given)
    assert answer == await shared.expected(query, **given)
    assert "errors" not in answer


REFUSED: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "a wrong enum value": ("query ($v: Level) { echo(level: $v) }", {"v": "IRON"}, ["$v", "IRON", "Level"]),
    "a number for an enum": ("query ($v: Level) { echo(level: $v) }", {"v": 1}, ["$v", "Level"]),
    "a missing variable": ("query ($v: Level!) { need(level: $v) }", {}, ["$v", "Level!"]),
    "null for what may not be": ("query ($v: Level!) { need(level: $v) }", {"v": None}, ["$v", "Level!"]),
    "a nested list": ("query ($v: [String!]) { echo(tags: $v) }", {"v": [["a"]]}, ["$v", "at [0]", "String"]),
    "null in a list": (
        "query ($v: [String!]) { echo(tags: $v) }",
        {"v": ["a", None]},
        ["$v", "at [1]", "String!"],
    ),
    "a number for a text": ("query ($v: String) { echo(text: $v) }", {"v": 1}, ["$v", "String"]),
    "a text for a number": ("query ($v: Int) { echo(count: $v) }", {"v": "1"}, ["$v", "Int"]),
    "too large a number": ("query ($v: Int) { echo(count: $v) }", {"v": 2**31}, ["$v", "32-bit"]),
    "a fraction": ("query ($v: Int) { echo(count: $v) }", {"v": 1.5}, ["$v", "1.5"]),
    "a truth for a number": ("query ($v: Float) { echo(ratio: $v) }", {"v": True}, ["$v", "Float"]),
    "an unknown field": (
        "query ($v: Filter) { echo(filter: $v) }",
        {"v": {"size": 1, "colour": "red"}},
        ["$v", "colour", "Filter"],
    ),
    "a missing field": ("query ($v: Filter) { echo(filter: $v) }", {"v": {}}, ["$v", "size", "Filter"]),
    "a wrong field deep inside": (
        "query ($v: Filter) { echo(filter: $v) }",
        {"v": {"size": 1, "inner": {"size": 2, "levels": ["IRON"]}}},
        ["$v", ".inner.levels[0]", "IRON"],
    ),
    "an enum value that one service lacks": (
        "query ($v: Level) { customer(id: 1) { found(level: $v) } }",
        {"v": "BRONZE"},
        ["$v", "BRONZE"],
    ),
    "a wrong literal": ("{ echo(level: IRON) }", {}, ["IRON", "Level"]),
    "a literal of a wrong shape": ("{ echo(grid: [[[1]]]) }", {}, ["Int", "[1]"]),
    "an unknown argument": ("{ echo(colour: 1) }", {}, ["colour", "Query.echo"]),
    "an argument missing": ("{ need }", {}, ["level", "Level!"]),
    "a variable of a wrong type": ("query ($v: Int) { echo(text: $v) }", {"v": 1}, ["$v", "Int", "String"]),
    "an undeclared variable": ("{ echo(text: $v) }", {"v": "a"}, ["$v"]),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_does_not_fit_is_refused_by_its_name_before_any_service_is_asked(
    shared: Any, case: str
) -> None:
    query, given, told_of = REFUSED[case]
    asked = sum(len(subgraph.requests) for subgraph in shared.subgraphs.values())
    status, answer = await shared.post({"query": query, "variables": given})
    assert status == 400
    assert "data" not in answer
    [error, *_] = answer["errors"]
    assert error["extensions"]["code"] == "INVALID"
    for part in told_of:
        assert part in error["message"]
    assert sum(len(subgraph.requests) for subgraph in shared.subgraphs.values()) == asked


async def test_several_wrong_variables_are_told_at_once(shared: Any) -> None:
    query = "query ($a: Int, $b: Level, $c: [Int!]!) { echo(count: $a, level: $b, grid: [$c]) }"
    status, answer = await shared.post({"query": query, "variables": {"a": "x", "b": "IRON"}})
    assert status == 400
    for name, error in zip(("$a", "$b", "$c"), answer["errors"], strict=True):
        assert name in error["message"]


OPERATIONS = """
query First($v: Int!) { echo(count: $v) } query Second { echo(text: "second") ...Q }
fragment Q on Query { level: echo(level: GOLD) }"""


async def test_only_the_named_operation_must_get_its_variables(shared: Any) -> None:
    request = {"query": OPERATIONS, "operationName": "Second"}
    status, answer = await shared.post(request)
    assert (status, json.loads(answer["data"]["echo"])["text"]) == (200, "second")
    status, answer = await shared.post({**request, "operationName": "First"})
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "INVALID")
    status, answer = await shared.post({**request, "operationName": "First", "variables": {"v": 1, "w": 2}})
    assert (status, json.loads(answer["data"]["echo"])["count"]) == (200, 1)


@pytest.mark.parametrize("name", ["Fourth", "", None])
async def test_an_operation_that_is_not_there_is_refused_with_those_that_are(shared: Any, name: Any) -> None:
    status, answer = await shared.post({"query": OPERATIONS, "operationName": name})
    assert status == 400
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
    assert ("First, Second" if name is not None else "operationName") in answer["errors"][0]["message"]
