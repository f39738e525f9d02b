"""Interfaces, unions and interface objects, each service knowing only some of the types."""

from typing import Any

import pytest

PEOPLE = """
type Query { parties: [Party!]! party(id: ID!): Party found: [Found] named: [Named!]! contacts:
  [[Contact!]!]! }
interface Party @key(fields: "id") { id: ID! title: String! manager: Party }
type Person implements Party & Named @key(fields: "id") {
  id: ID! title: String! name: String! age: Int! boss: Person manager: Party marks: [Int!]!
}
type Company implements Party & Named @key(fields: "id") {
  id: ID! title: String! name: String age: String boss: Company manager: Party marks: [Int]
}
interface Named { name: String }
union Found = Person | Company | Note
type Note { text: String! about: Found }
union Contact = Mail | Phone
type Mail { value: String! }
type Phone { value: Int! }
"""
RATINGS = """
type Query { rated: [Party!]! }
type Party @key(fields: "id") @interfaceObject { id: ID! rating: Int rival: Party score(of: Int = 10): Int }
"""
NOTES = """
type Query { notes: [Notice!]! latest: Notice }
union Notice = Person | Bill
type Person @key(fields: "id") { id: ID! bills: [Bill!]! }
type Company @key(fields: "id") { id: ID! debts: [Debt!] }
type Bill implements Debt & Paper @key(fields: "number") { number: ID! owes: Owes total: Int paper: String }
type Fee implements Debt { total: Int reason: String }
interface Debt { total: Int }
interface Paper { paper: String }
union Owes = Person | Company
"""
PRINTS = """
type Query { papers: [Paper!]! }
interface Paper { paper: String pages: Int }
type Bill implements Paper @key(fields: "number") { number: ID! paper: String @external pages: Int }
type Poster implements Paper { paper: String pages: Int width: Int }
"""


def a_world(make: Any) -> Any:
    parties: list[dict[str, Any]] = [
        {
            "__typename": "Person" if n % 2 else "Company",
            "id": f"{n}",
            "title": f"Party {n}",
            "name": f"Name {n}" if n else None,
            "age": n * 10 if n % 2 else f"{n} years",
            "marks": [n, n + 1],
            "rating": n * 3 if n != 2 else None,
        }
        for n in range(4)
    ]
    persons = [party for party in parties if party["__typename"] == "Person"]
    companies = [party for party in parties if party["__typename"] == "Company"]
    bills: list[dict[str, Any]] = [
        {
            "__typename": "Bill",
            "number": f"b{n}",
            "total": n,
            "paper": f"A{n}",
            "pages": n * 2,
            "owes": parties[n] if n < 3 else None,
        }
        for n in range(4)
    ]
    for n, party in enumerate(parties):
        party["manager"] = parties[(n + 1) % 4] if n != 1 else None
        party["rival"] = parties[3 - n]
        party["boss"] = parties[(n + 2) % 4]
        party["bills"] = bills[:n]
        party["debts"] = [bills[n], {"__typename": "Fee", "total": n, "reason": "late"}]
    note: dict[str, Any] = {"__typename": "Note", "text": "Hello", "about": persons[0]}
    return make(
        roots={
            "Query": {
                "parties": parties,
                "party": lambda _, id: next((p for p in parties if p["id"] == id), None),
                "found": [persons[0], note, None, companies[1]],
                "named": [companies[0], persons[1]],
                "contacts": [
                    [{"__typename": "Mail", "value": "a@example.org"}, {"__typename": "Phone", "value": 7}],
                    [],
                ],
                "rated": [parties[2], parties[1]],
                "notes": [bills[1], persons[0], bills[3]],
                "latest": bills[0],
                "papers": [bills[2], {"__typename": "Poster", "paper": "B1", "pages": 1, "width": 70}],
            }
        },
        entities={
            "Person": {p["id"]: p for p in persons},
            "Company": {c["id"]: c for c in companies},
            "Bill": {b["number"]: b for b in bills},
        },
        resolvers={("Party", "score"): score, ("Person", "score"): score, ("Company", "score"): score},
    )


def score(party: dict[str, Any], _: Any, of: int) -> int | None:
    rating: int | None = party["rating"]
    return rating and rating * of


SERVICES = {"people": PEOPLE, "ratings": RATINGS, "notes": NOTES, "prints": PRINTS}
QUERIES = {
    "an interface's own fields": "{ parties { id title manager { title manager { id } } } }",
    "typename everywhere": """{ __typename parties { __typename manager { __typename } }
      found { __typename } notes { __typename ... on Bill { owes { __typename } } } named { kind: __typename
      } }""",
    "fragments on members": """{ parties { ... on Person { age bills { total } } ... on Company { debts {
      total } } } }""",
    "one key, another field for each member": """{ parties {
      ... on Person { shown: name } ... on Company { shown: title } } }""",
    "one key, other arguments for each member": """{ parties {
      ... on Person { much: score(of: 2) } ... on Company { much: score(of: 3) x: score(of: 2) } } }""",
    "fields of one name and two types": """{ parties { ... on Person { name age marks }
      ... on Company { its_name: name its_age: age its_marks: marks } } }""",
    "fields of one name and two types in a union": """{ found {
      ... on Person { a: age boss { age } } ... on Company { b: age boss { title c: age } } } }""",
    "values of two types": "{ contacts { ... on Mail { mail: value } ... on Phone { number: value } } }",
    "a fragment on another interface": """{ parties { ... on Named { name } rating } named { ... on Party {
      title } } }""",
    "a fragment on an interface inside one on a member": """{ found {
      ... on Person { ... on Party { title ... on Named { name } } } ... on Party { rating } } }""",
    "nested unions": """{ found { ... on Note { text about { ... on Person { name bills { number } }
      ... on Note { text } } } } }""",
    "a union known in part": """{ notes { ... on Person { title rating bills { paper pages } } ... on Bill {
      pages } } }""",
    "an interface known in part": """{ papers { paper pages ... on Bill { total owes { ... on Company {
      title } } } } }""",
    "an interface spread over services": "{ parties { ... on Company { debts { total ... on Bill { pages } "
    "... on Fee { reason } __typename } } } }",
    "interface object fields": "{ parties { rating rival { rating } } }",
    "from an interface object to its types": "{ rated { __typename rating title ... on Person { name } } }",
    "from an interface object to the other service's interface": """{ rated { rival { title manager { rating
      } } } }""",
    "only the interface object": "{ rated { id rating rival { id rating } } }",
    "an interface object's field in fragments of both members": """{ parties {
      ... on Person { rating } ... on Company { rating score(of: 1) } } }""",
    "an interface object by fragment": """{ party(id: 3) { ... on Company { rating } ... on Party { score }
      } }""",
    "an entity found through a union": """{ notes { ... on Bill { owes {
      ... on Person { id rating } ... on Company { title rating } } } } }""",
    "nothing of the type at hand": "{ parties { ... on Person { id } } latest { ... on Person { id } } }",
    "nobody": '{ party(id: "none") { title rating __typename } }',
    "named fragments that spread each other": """{ parties { ...P } found { ...P } }
      fragment P on Party { id ...Q } fragment Q on Person { age boss { ...R } } fragment R on Person {
      title }""",
    "typename under another name beside a field named so": """{ parties {
      name: __typename type: id title: __typename rating } }""",
}


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    return await graph(a_world(world_type), **SERVICES)


@pytest.mark.parametrize("case", QUERIES)
async def test_abstract_types_are_answered_as_by_one_schema(shared: Any, case: str) -> None:
    answer = await shared(QUERIES[case])
    assert answer == await shared.expected(QUERIES[case])
    assert "errors" not in answer
