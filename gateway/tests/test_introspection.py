"""The schema answers questions about itself, alone and among data."""

from typing import Any

import pytest
from graphql import (
    build_client_schema,
    build_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    print_schema,
)

CUSTOMER = """
type Query { customer(id: ID!): Customer node(id: ID!): Node }
type Mutation { rename(id: ID!, name: String = "new"): Customer }
\"\"\"Anything with an id.\"\"\"
interface Node { id: ID! }
\"\"\"Somebody who buys.\"\"\"
type Customer implements Node @key(fields: "id") {
  id: ID! "What they are called." name: String! old: String @deprecated(reason: "use name")
  secret: Secret @inaccessible level(of: Level = GOLD, filter: Filter = {size: 1}): Level
}
type Secret @inaccessible { word: String }
enum Level { GOLD SILVER HIDDEN @inaccessible }
input Filter { size: Int = 3 }
"""
SALES = """
type Customer @key(fields: "id") { id: ID! leads: [Lead!] }
type Lead { id: ID! }
union Any = Lead | Customer
extend type Query { any: Any }
"""


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    customer = {"__typename": "Customer", "id": "1", "name": "Ada", "leads": [{"id": "l"}]}
    world = world_type(
        roots={"Query": {"customer": lambda _, id: customer, "node": lambda _, id: customer}},
        entities={"Customer": {"1": customer}},
    )
    return await graph(world, customer=CUSTOMER, sales=SALES.replace("extend type", "type"))


async def test_clients_can_build_the_whole_schema(shared: Any) -> None:
    answer = await shared(get_introspection_query(input_value_deprecation=True))
    told = print_schema(lexicographic_sort_schema(build_client_schema(answer["data"])))
    assert told == print_schema(lexicographic_sort_schema(build_schema(shared.schema)))
    for hidden in ("Secret", "HIDDEN", "join__", "_entities", "_Service", "@key", "inaccessible"):
        assert hidden not in told


QUERIES = {
    "a type": """{ __type(name: "Customer") { kind name description fields { name type { kind ofType { name
      } } } } }""",
    "no such type": '{ __type(name: "Secret") { name } }',
    "what is deprecated": """{ __type(name: "Customer") {
      now: fields { name } ever: fields(includeDeprecated: true) { name isDeprecated deprecationReason } }
      }""",
    "arguments and their defaults": """{ __type(name: "Customer") { fields { args {
      name defaultValue type { name kind } } } } }""",
    "values of an enum": '{ __type(name: "Level") { enumValues { name } } }',
    "members": """{ node: __type(name: "Node") { possibleTypes { name } } any: __type(name: "Any") {
      possibleTypes { name } } }""",
    "the roots": "{ __schema { queryType { name } mutationType { name } subscriptionType { name } } }",
    "several at once": """{ a: __type(name: "Lead") { name } b: __type(name: "Level") { kind } __schema {
      __typename } }""",
    "among data": """{ customer(id: 1) { name } t: __type(name: "Lead") { name } again: customer(id: 1) {
      leads { id } } }""",
    "under the name of another field": """{ customer: __type(name: "Lead") { name } name: customer(id: 1) {
      name } }""",
    "typenames of it": """{ __schema { __typename types { __typename } } __typename node(id: 1) { __typename
      } }""",
    "fragments": """{ ...Q ... on Query { s: __schema { queryType { ...T } } } }
      fragment Q on Query { customer(id: 1) { id } __type(name: "Query") { ...T } }
      fragment T on __Type { name shown: fields { called: name } }""",
    "fragments within fragments": """{ ...A } fragment A on Query { ...B ...C } fragment B on Query {
      __schema { queryType { name } } } fragment C on Query { __schema { queryType { kind } } customer(id:
      1) { name } }""",
    "nested types": """{ __type(name: "Query") { fields { type { name ofType { name } fields { type { name }
      } } } } }""",
}


@pytest.mark.parametrize("case", QUERIES)
async def test_the_schema_answers_as_one_schema_would(shared: Any, case: str) -> None:
    answer = await shared(QUERIES[case])
    assert _unordered(answer) == _unordered(await shared.expected(QUERIES[case]))
    assert "errors" not in answer


def _unordered(value: Any) -> Any:
    """The published schema is sorted, the served one is not."""
    if isinstance(value, dict):
        return {key: _unordered(inner) for key, inner in value.items()}
    return sorted(map(_unordered, value), key=str) if isinstance(value, list) else value


async def test_variables_reach_introspection(shared: Any) -> None:
    query = """query ($name: String!, $all: Boolean = true, $id: ID!) {
      __type(name: $name) { fields(includeDeprecated: $all) { name } } customer(id: $id) { name } }"""
    for given in ({"name": "Customer"}, {"name": "Customer", "all": False}, {"name": "None"}):
        answer, expected = await shared(query, id="1", **given), await shared.expected(query, id="1", **given)
        assert _unordered(answer) == _unordered(expected)


async def test_no_service_is_asked_about_the_schema(shared: Any) -> None:
    asked = [len(subgraph.requests) for subgraph in shared.subgraphs.values()]
    await shared('{ __schema { types { name } } __type(name: "Lead") { name } __typename }')
    assert asked == [len(subgraph.requests) for subgraph in shared.subgraphs.values()]
