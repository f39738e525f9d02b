"""Errors lie where the caller sees the field, and a null that may not be takes its parent along, at the
end."""

from typing import Any

import pytest

SALES = """
type Query { teams: [Team!]! team(id: ID!): Team lead: Lead! inbox: [Item] matrix: [[Seller]!]! }
type Team @key(fields: "id") { id: ID! name: String! sellers: [Seller!]! }
type Seller @key(fields: "id") { id: ID! name: String! team: Team wins(year: Int = 1): [Deal!] }
type Deal @key(fields: "id") { id: ID! seller: Seller! title: String }
type Lead @key(fields: "id") { id: ID! deal: Deal }
type Call { title: String length: Int with: Seller }
union Item = Deal | Call
"""
PAY = """
type Query { budget: Int quota: Int! }
type Seller @key(fields: "id") { id: ID! bonus(times: Int = 1): Int salary: Int! bank: Bank goals: [Goal]
  must: [Int!] }
type Deal @key(fields: "id") { id: ID! fee: Int! paid: [[Int!]] }
type Bank { code: String! branch: Branch }
type Branch { city: String! }
type Goal { name: String! }
"""


class Told(Exception):
    """What a service tells."""


def a_world(make: Any) -> Any:
    teams: list[dict[str, Any]] = [{"__typename": "Team", "id": f"t{n}", "name": f"Team {n}"} for n in (0, 1)]
    sellers: list[dict[str, Any]] = [
        {
            "__typename": "Seller",
            "id": f"s{n}",
            "name": f"Seller {n}",
            "team": teams[n % 2],
            "salary": n if n != 3 else None,
            "bank": {"code": "B", "branch": {"city": None if n == 1 else "Rome"}},
            "goals": [{"name": "a"}, {"name": None if n == 2 else "b"}, None],
            "must": [1, None] if n == 1 else [1],
        }
        for n in range(4)
    ]
    deals: list[dict[str, Any]] = [
        {
            "__typename": "Deal",
            "id": f"d{n}",
            "title": f"Deal {n}",
            "seller": sellers[n],
            "fee": n if n != 1 else None,
            "paid": [[1], [None] if n == 2 else [2]],
        }
        for n in range(4)
    ]
    for n, team in enumerate(teams):
        team["sellers"] = sellers[n * 2 : n * 2 + 2]

    def bonus(seller: Any, _: Any, times: int) -> int:
        if seller["id"] in ("s1", "s2"):
            raise Told(f"No bonus for {seller['id']}")
        return 5 * times

    def title(deal: Any, _: Any) -> str:
        if deal["id"] == "d2":
            raise Told("No title for d2")
        return str(deal["title"])

    def quota(*_: Any) -> int:
        raise Told("No quota")

    return make(
        roots={
            "Query": {
                "teams": teams,
                "team": lambda _, id: next((t for t in teams if t["id"] == id), None),
                "lead": {"id": "l", "deal": deals[2]},
                "inbox": [deals[1], {"__typename": "Call", "length": 3, "with": sellers[2]}, None, deals[2]],
                "matrix": [[sellers[0], None], [], [sellers[2], sellers[1]]],
                "budget": 7,
            }
        },
        entities={
            "Team": {t["id"]: t for t in teams},
            "Seller": {s["id"]: s for s in sellers},
            "Deal": {d["id"]: d for d in deals},
        },
        resolvers={
            ("Seller", "bonus"): bonus,
            ("Seller", "wins"): lambda s, _, year: [d for d in deals if d["seller"] is s][:year],
            ("Deal", "title"): title,
            ("Query", "quota"): quota,
        },
    )


SERVICES = {"sales": SALES, "pay": PAY}
QUERIES = {
    "of a list of a list": "{ teams { sellers { name bonus } } }",
    "behind aliases": "{ all: teams { who: sellers { extra: bonus(times: 2) bonus } } }",
    "under two aliases of one field": """{ a: teams { sellers { x: bonus y: bonus } } b: teams { sellers {
      bonus } } }""",
    "at several places of one entity": """{ teams { sellers { wins { seller { bonus } } } } lead { deal {
      title } } }""",
    "of lists of lists": "{ matrix { bonus name } }",
    "through a union": "{ inbox { ... on Deal { title } ... on Call { with { bonus } } } }",
    "under the alias of the type at hand": """{ inbox {
      ... on Deal { deal: title } ... on Call { call: title with { call: bonus } } } }""",
    "in a fragment": "{ lead { ...L } } fragment L on Lead { deal { name: title seller { ...S } } } "
    "fragment S on Seller { much: bonus }",
    "within an object": "{ teams { sellers { bank { branch { city } } } } }",
    "at an item of a list": "{ teams { sellers { goals { name } } } }",
    "of a list's item that may not be null": "{ teams { sellers { must } } }",
    "of lists that may not hold null": "{ inbox { ... on Deal { paid } } }",
    "in the middle of a way": "{ lead { deal { seller { id team { id sellers { bonus } } } } } }",
}
PROPAGATED = {
    "a list of entities": (
        "{ matrix { salary } }",
        {"matrix": [[{"salary": 0}, None], [], [{"salary": 2}, {"salary": 1}]]},
    ),
    "up to what may be null": (
        '{ a: team(id: "t0") { sellers { salary } } b: team(id: "t1") { name sellers { salary } } }',
        {"a": {"sellers": [{"salary": 0}, {"salary": 1}]}, "b": None},
    ),
    "only where it is selected": (
        '{ team(id: "t1") { sellers { s: salary @skip(if: true) name } } }',
        {"team": {"sellers": [{"name": "Seller 2"}, {"name": "Seller 3"}]}},
    ),
    "from one alias, not from the other": (
        '{ a: team(id: "t1") { sellers { salary } } b: team(id: "t1") { sellers { id } } }',
        {"a": None, "b": {"sellers": [{"id": "s2"}, {"id": "s3"}]}},
    ),
    "an item of a union": (
        "{ inbox { ... on Deal { id fee } ... on Call { length } } }",
        {"inbox": [None, {"length": 3}, None, {"id": "d2", "fee": 2}]},
    ),
    "to the whole answer": ('{ team(id: "t0") { id } quota }', None),
}


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    return await graph(a_world(world_type), **SERVICES)


@pytest.mark.parametrize("case", QUERIES)
async def test_an_error_lies_where_the_caller_sees_the_field(shared: Any, case: str) -> None:
    answer, expected = await shared(QUERIES[case]), await shared.expected(QUERIES[case])
    assert answer["data"] == expected["data"]
    assert expected["errors"]
    assert _told(answer) == _told(expected)


def _told(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(
        {(str(error["path"]), error["message"].partition(" for field")[0]) for error in answer["errors"]}
    )


@pytest.mark.parametrize("case", PROPAGATED)
async def test_a_null_that_may_not_be_takes_its_parent_along(shared: Any, case: str) -> None:
    query, data = PROPAGATED[case]
    answer, expected = await shared(query), await shared.expected(query)
    assert answer["data"] == expected["data"] == data
    assert ("errors" in answer) is ("errors" in expected)


async def test_the_error_of_a_whole_entity_lies_at_every_place_of_it(graph: Any, world_type: Any) -> None:
    world = a_world(world_type)
    world.entities["Seller"]["s1"]["refuses"] = ["pay"]
    ask = await graph(world, **SERVICES)
    answer = await ask("{ a: teams { s: sellers { bank { code } } } matrix { bank { code } } }")
    assert sorted(error["path"] for error in answer["errors"]) == [["a", 0, "s", 1], ["matrix", 2, 1]]
    assert answer["data"]["a"][0]["s"] == [{"bank": {"code": "B"}}, {"bank": None}]
