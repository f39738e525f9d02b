"""One graph out of several services: entities, key chains, abstract types, mutations, introspection."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    get_introspection_query,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_non_null_type,
)

CUSTOMER = """
type Query {
  customer(id: ID!, filter: Filter): Customer @tag(name: "public")
  customers(first: Int = 2): [Customer!]!
  node(id: ID!): Node
  search(text: String): [Found!]!
  things: [Thing!]!
  overview: Overview @shareable
  echo(text: String, number: Float, filter: Filter, tags: [String!], level: Level): String
}
type Mutation { rename(id: ID!, name: String!): Customer! log(entry: String!): [String!]! @shareable }
interface Node { id: ID! }
union Found = Customer | Company
input Filter { region: String = "EU" size: Int exact: Boolean! = true levels: [Level!] }
enum Level { GOLD SILVER SECRET @inaccessible }
type Overview @shareable { customers: Int }
type Customer implements Node @key(fields: "id") {
  id: ID! name(loud: Boolean = false): String! level: Level weight: Int
  friends: [Customer!]! employer: Company
}
type Company implements Node @key(fields: "id") { id: ID! title: String! size: Int }
interface Thing @key(fields: "id") { id: ID! label: String }
type Book implements Thing @key(fields: "id") { id: ID! label: String pages: Int }
type Pen implements Thing @key(fields: "id") { id: ID! label: String colour: String }
"""
SALES = """
type Query { leads(first: Int): [Lead!]! overview: Overview @shareable }
type Mutation { openLead(customer: ID!): Lead! log(entry: String!): [String!]! @shareable }
type Overview @shareable { leads: Int }
type Lead @key(fields: "id") {
  id: ID! status: Status! score: Float customer: Customer! owner: Owner @provides(fields: "name")
}
enum Status { OPEN WON LOST }
type Owner @key(fields: "id") { id: ID! name: String @external }
type Customer @key(fields: "id") {
  id: ID!
  leads(first: Int = 10, status: Status): [Lead!]
  weight: Int @external
  shipping(unit: String = "kg"): String @requires(fields: "weight")
}
type Company @key(fields: "id") { id: ID! leads: [Lead!] }
type Thing @key(fields: "id") @interfaceObject { id: ID! price: Int rival: Thing }
"""
FINANCE = """
type Query { invoice(id: ID!): Invoice }
type Invoice @key(fields: "id") @key(fields: "number") { id: ID! number: String! total: Int }
type Lead @key(fields: "id") { id: ID! invoice: Invoice }
type Customer @key(fields: "id") { id: ID! credit: Credit }
type Credit { limit: Int! currency: String! note: String }
"""
PEOPLE = """
type Query { owner(id: ID!): Owner }
type Owner @key(fields: "id") { id: ID! name: String @shareable phone: String }
type Invoice @key(fields: "number") { number: String! approver: Owner }
"""


def a_world(make: Callable[..., Any]) -> Any:
    """Three customers who know each other, with leads, invoices and things."""
    owners = {
        o: {"__typename": "Owner", "id": o, "name": f"Owner {o}", "phone": f"+{o}"} for o in ("o1", "o2")
    }
    invoices = {
        f"i{n}": {
            "__typename": "Invoice",
            "id": f"i{n}",
            "number": f"N{n}",
            "total": n * 10,
            "approver": owners["o1"],
        }
        for n in (1, 2)
    }
    companies = {"c1": {"__typename": "Company", "id": "c1", "title": "Acme", "size": 7, "leads": []}}
    customers: dict[str, Any] = {}
    leads: dict[str, Any] = {}
    for n in (1, 2, 3):
        customers[f"{n}"] = {
            "__typename": "Customer",
            "id": f"{n}",
            "name": f"Customer {n}",
            "level": ["GOLD", "SILVER", None][n - 1],
            "weight": [5, None, 7][n - 1],
            "employer": companies["c1"] if n == 1 else None,
            "credit": {"limit": n * 100, "currency": "EUR", "note": None} if n < 3 else None,
        }
    for n in range(1, 7):
        leads[f"l{n}"] = {
            "__typename": "Lead",
            "id": f"l{n}",
            "status": ["OPEN", "WON", "LOST"][n % 3],
            "score": n / 2,
            "customer": customers[f"{(n + 1) // 2}"],
            "owner": owners[f"o{n % 2 + 1}"],
            "invoice": invoices.get(f"i{n}"),
        }
    for customer in customers.values():
        customer["all_leads"] = [lead for lead in leads.values() if lead["customer"] is customer]
        customer["friends"] = [other for other in customers.values() if other is not customer]
    companies["c1"]["leads"] = [leads["l6"]]
    things: dict[str, Any] = {
        "t1": {"__typename": "Book", "id": "t1", "label": "A book", "pages": 9, "price": 3},
        "t2": {"__typename": "Pen", "id": "t2", "label": "A pen", "colour": "red", "price": 4},
    }
    things["t1"]["rival"], things["t2"]["rival"] = things["t2"], things["t1"]
    entries: list[str] = []

    def log(_: Any, entry: str) -> list[str]:
        entries.append(entry)
        return list(entries)

    def rename(_: Any, id: str, name: str) -> Any:
        entries.append(f"rename {id}")
        customers[id]["name"] = name
        return customers[id]

    def open_lead(_: Any, customer: str) -> Any:
        entries.append(f"open {customer}")
        return leads["l1"]

    return make(
        roots={
            "Query": {
                "customer": lambda _, id, filter=None: customers.get(id),
                "customers": lambda _, first: list(customers.values())[:first],
                "node": lambda _, id: customers.get(id) or companies.get(id),
                "search": lambda _, text=None: [customers["1"], companies["c1"], customers["2"]],
                "things": list(things.values()),
                "overview": {"customers": 3, "leads": 6},
                "echo": lambda _, **given: json.dumps(given, sort_keys=True),
                "leads": lambda _, first=None: list(leads.values())[:first],
                "invoice": lambda _, id: invoices.get(id),
                "owner": lambda _, id: owners.get(id),
            },
            "Mutation": {"rename": rename, "log": log, "openLead": open_lead},
        },
        entities={
            "Customer": customers,
            "Company": companies,
            "Lead": leads,
            "Owner": owners,
            "Invoice": {**invoices, **{i["number"]: i for i in invoices.values()}},
            "Book": things,
            "Pen": things,
        },
        resolvers={
            ("Customer", "name"): lambda c, _, loud: c["name"].upper() if loud else c["name"],
            ("Customer", "leads"): lambda c, _, first, status=None: [
                lead for lead in c["all_leads"] if status in (None, lead["status"])
            ][:first],
            ("Customer", "shipping"): lambda c, _, unit: f"{c['weight']} {unit}",
        },
    )


SERVICES = {"customer": CUSTOMER, "sales": SALES, "finance": FINANCE, "people": PEOPLE}

QUERIES = {
    "an entity over three services": """{ customer(id: "1") {
      name leads { status invoice { total } } credit { limit } } }""",
    "a key chain": '{ customer(id: "1") { leads { invoice { approver { phone } } } } }',
    "requires": '{ customers(first: 3) { shipping other: shipping(unit: "lb") } }',
    "provides": "{ leads(first: 3) { owner { name } } }",
    "provides and more": "{ leads(first: 3) { owner { name phone } } }",
    "aliases and arguments": """{ a: customer(id: "1") { x: name(loud: true) y: name }
      b: customer(id: 2) { x: id leads(first: 1) { id } } }""",
    "the same entity at two places with different arguments": """{
      a: customer(id: 1) { friends { leads(first: 1) { id } employer { title } } }
      b: customer(id: 1) { friends { leads(first: 2, status: WON) { id } credit { note } } } }""",
    "fragments": """query {
        customers(first: 3) { ...Who friends { ...Who ... on Customer { credit { currency } } } } }
      fragment Who on Customer { __typename id leads(first: 1) { ...Deal } }
      fragment Deal on Lead { hot: score }""",
    "an interface": """{ node(id: "2") {
      id __typename ... on Customer { name credit { limit } } ... on Company { title } } }""",
    "a union": """{ search { __typename ... on Customer { name leads(first: 1) { id } }
      ... on Company { title leads { id customer { name } } } ... on Node { id } } }""",
    "interface objects": """{ things {
      __typename id label price ... on Book { pages } ... on Pen { colour price } } }""",
    "interface objects that lead on": "{ things { rival { id label __typename ... on Pen { colour } } } }",
    "shared roots": "{ overview { customers leads } }",
    "a missing entity": '{ customer(id: "9") { name credit { limit } } }',
    "typename at the root": "{ __typename again: __typename customer(id: 1) { __typename } }",
    "constant conditions": """{
      customer(id: 1) @skip(if: true) { name } leads(first: 1) @include(if: true) { id } }""",
    "input objects": """{
      echo(text: "a", number: 1.5, filter: {size: 3, levels: [GOLD]}, tags: ["x", "y"], level: SILVER) }""",
    "input coercion": '{ echo(number: 2, filter: {levels: GOLD}, tags: "one", text: null) }',
    "several roots": """{
      leads(first: 2) { id } invoice(id: "i1") { number approver { name } } owner(id: "o2") { phone } }""",
    "nested lists": "{ customers { friends { friends { name leads(first: 1) { status } } } } }",
    "duplicate fields": """{
      customer(id: 1) { credit { limit } credit { currency } leads { id } leads { status } } }""",
}


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    """One gateway for the tests that only read."""
    return await graph(a_world(world_type), **SERVICES)


@pytest.mark.feature("F14")
@pytest.mark.parametrize("case", QUERIES)
async def test_the_graph_answers_as_one_schema_over_all_data_would(shared: Any, case: str) -> None:
    assert await shared(QUERIES[case]) == await shared.expected(QUERIES[case])


CONDITIONAL = """query ($id: ID!, $all: Boolean!, $few: Boolean = false, $n: Int = 1, $status: Status) {
  customer(id: $id) @skip(if: $few) {
    name @include(if: $all)
    leads(first: $n, status: $status) @include(if: $all) { id owner @skip(if: $few) { phone } }
    ... on Customer @skip(if: $all) { credit { limit } }
    ...Money @include(if: $all)
  }
}
fragment Money on Customer { credit { currency limit @skip(if: $few) } }"""


@pytest.mark.parametrize("all_", [True, False])
@pytest.mark.parametrize("few", [True, False, None])
async def test_skip_and_include_follow_their_variables(shared: Any, all_: bool, few: bool | None) -> None:
    given = {"id": "1", "all": all_} | ({} if few is None else {"few": few})
    assert await shared(CONDITIONAL, **given) == await shared.expected(CONDITIONAL, **given)
    assert await shared(CONDITIONAL, **given, n=2, status="OPEN") == await shared.expected(
        CONDITIONAL, **given, n=2, status="OPEN"
    )


async def test_mutations_run_one_after_the_other(graph: Any, world_type: Any) -> None:
    ask = await graph(a_world(world_type), **SERVICES)
    answer = await ask(
        """mutation { first: log(entry: "a") rename(id: "1", name: "New") { name credit { limit } }
        openLead(customer: "1") { id invoice { total } } last: log(entry: "z") }"""
    )
    assert answer["data"] == {
        "first": ["a"],
        "rename": {"name": "New", "credit": {"limit": 100}},
        "openLead": {"id": "l1", "invoice": {"total": 10}},
        "last": ["a", "rename 1", "open 1", "z"],
    }


async def test_each_entity_is_asked_for_once(shared: Any) -> None:
    shared.subgraphs["finance"].requests.clear()
    await shared("{ leads { customer { credit { limit } } } }")
    [request] = shared.subgraphs["finance"].requests
    assert [r["id"] for r in request["variables"]["representations"]] == ["1", "2", "3"]


async def test_documents_that_differ_in_literals_share_a_text_below(graph: Any, world_type: Any) -> None:
    ask = await graph(a_world(world_type), **SERVICES)
    for number in ("1", "2"):
        answer = await ask(f'{{ customer(id: "{number}") {{ name leads(first: 1) {{ id }} }} }}')
        assert answer["data"]["customer"]["name"] == f"Customer {number}"
    assert len({request["query"] for request in ask.subgraphs["customer"].requests}) == 1


async def test_an_operation_is_chosen_by_name(shared: Any) -> None:
    document = 'query A { customer(id: "1") { name } } query B { leads(first: 1) { id } }'
    assert await shared.post({"query": document, "operationName": "B"}) == (
        200,
        {"data": {"leads": [{"id": "l1"}]}},
    )
    status, answer = await shared.post({"query": document})
    assert status == 400
    assert "operationName" in answer["errors"][0]["message"]


async def test_introspection_tells_the_public_schema(shared: Any) -> None:
    query = get_introspection_query()
    got, expected = await shared(query), await shared.expected(query)
    assert _types(got) == _types(expected)
    assert "SECRET" not in str(got)
    mixed = """{ t: __type(name: "Lead") { name kind } leads(first: 1) { id }
      __schema { queryType { name } } }"""
    assert await shared(mixed) == await shared.expected(mixed)


def _types(answer: Any) -> dict[str, Any]:
    found = {t["name"]: t for t in answer["data"]["__schema"]["types"] if not t["name"].startswith("__")}
    return {name: sorted(f["name"] for f in t["fields"] or []) for name, t in found.items()}


async def test_what_is_inaccessible_reads_as_null(graph: Any, world_type: Any) -> None:
    world = a_world(world_type)
    world.entities["Customer"]["1"]["level"] = "SECRET"
    ask = await graph(world, **SERVICES)
    assert await ask('{ customer(id: "1") { level name } }') == {
        "data": {"customer": {"level": None, "name": "Customer 1"}}
    }


class Author:
    """Writes random valid operations over a schema."""

    LITERALS: ClassVar[dict[str, list[str]]] = {
        "ID": ['"1"', '"2"', '"c1"', '"i1"', '"o1"', '"9"'],
        "Int": ["0", "1", "2", "5"],
        "Float": ["1.5", "2"],
        "String": ['"a"', '"b"'],
        "Boolean": ["true", "false"],
        "Status": ["OPEN", "WON"],
        "Level": ["GOLD", "SILVER"],
        "Filter": ['{region: "US"}', "{size: 1, levels: [SILVER]}"],
    }

    VARIABLES: ClassVar[dict[str, str]] = {"$yes": "true", "$no": "false"}

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = Random(seed)

    def query(self) -> str:
        """One operation that is within the limits."""
        while True:
            selections = self._selections(self._schema.query_type, 3)
            if selections.count(": ") <= 30:
                variables = [
                    v
                    for v in ("$yes: Boolean = true", "$no: Boolean = false")
                    if v.split(":")[0] in selections
                ]
                return f"query{'(' + ', '.join(variables) + ')' if variables else ''} {selections}"

    def _selections(self, declared: Any, depth: int) -> str:
        chosen = ["__typename"] if self._random.random() < 0.3 else []
        fields = list(getattr(declared, "fields", {}).items())
        usable = [(name, f) for name, f in fields if depth or not is_composite_type(get_named_type(f.type))]
        for number in range(self._random.randint(1, 4)):
            if usable:
                chosen.append(self._field(*self._random.choice(usable), number, depth))
        if is_abstract_type(declared) and depth:
            for member in self._schema.get_possible_types(declared):
                chosen.append(
                    f"... on {member.name}{self._condition()} {self._selections(member, depth - 1)}"
                )
        return "{ " + " ".join(chosen or ["__typename"]) + " }"

    def _field(self, name: str, field: Any, number: int, depth: int) -> str:
        given = [
            f"{argument}: {self._literal(definition.type)}"
            for argument, definition in field.args.items()
            if is_non_null_type(definition.type) or self._random.random() < 0.5
        ]
        alias = f"{name}{self._random.getrandbits(40):x}{number}"
        inner = get_named_type(field.type)
        below = f" {self._selections(inner, depth - 1)}" if is_composite_type(inner) else ""
        return f"{alias}: {name}{'(' + ', '.join(given) + ')' if given else ''}{self._condition()}{below}"

    def _literal(self, declared: Any) -> str:
        return self._random.choice(self.LITERALS[get_named_type(declared).name])

    def _condition(self) -> str:
        if self._random.random() < 0.85:
            return ""
        return self._random.choice(
            [" @skip(if: $no)", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: $no)"]
        )


@pytest.mark.parametrize("seed", range(60))
async def test_random_operations_are_answered_as_by_one_schema(shared: Any, seed: int) -> None:
    query = Author(build_schema(shared.schema), seed).query()
    assert await shared(query) == await shared.expected(query), query
