"""The tree of teams: moved whole, never into itself, told to everybody it concerns."""

import asyncio
from typing import Any

from sqlalchemy import text

from chassis.database import Database
from chassis.testing import Graph, statements
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import do, refused, told

TEAM = "team { id version name parent { name } ancestors { name } }"


async def team(graph: Graph, name: str, **rest: object) -> str:
    return str((await do(graph, "createTeam", TEAM, name=name, **rest))["team"]["id"])


async def tree(graph: Graph) -> dict[str, list[str]]:
    """Return the names of the teams above each team."""
    answer = await graph("{ teams(first: 100) { nodes { name ancestors { name } } } }")
    nodes = answer.data["teams"]["nodes"]
    return {node["name"]: [above["name"] for above in node["ancestors"]] for node in nodes}


async def places(database: Database) -> dict[str, tuple[int, list[str]]]:
    """Return the last place told of each team, with its version."""
    return {
        event.team_id: (event.version, list(event.path)) for event in await told(database, events.TeamPlaced)
    }


async def test_a_team_moves_with_all_below_it_and_all_are_told(graph: Graph, database: Database) -> None:
    china, east = await team(graph, "China"), await team(graph, "East")
    shanghai = await team(graph, "Shanghai", parentId=east)
    pudong = await team(graph, "Pudong", parentId=shanghai)

    with statements(database) as ran:
        moved = await do(graph, "moveTeam", TEAM, id=east, parentId=china, expectedVersion=1)

    assert moved["team"]["ancestors"] == [{"name": "China"}]
    assert await tree(graph) == {
        "China": [],
        "East": ["China"],
        "Shanghai": ["China", "East"],
        "Pudong": ["China", "East", "Shanghai"],
    }
    assert await places(database) == {
        china: (1, [china]),
        east: (2, [china, east]),
        shanghai: (2, [china, east, shanghai]),
        pudong: (2, [china, east, shanghai, pudong]),
    }
    assert len([each for each in ran if each.startswith("UPDATE team")]) == 2  # itself, and all below

    await do(graph, "moveTeam", TEAM, id=shanghai, parentId=None)
    assert (await tree(graph))["Pudong"] == ["Shanghai"]


async def test_no_team_stands_below_itself(graph: Graph) -> None:
    east = await team(graph, "East")
    shanghai = await team(graph, "Shanghai", parentId=east)

    for parent in (east, shanghai):
        error = await refused(graph, "moveTeam", id=east, parentId=parent)
        assert (error["code"], error["inputPath"]) == ("CONFLICT", ["input", "parentId"])
    assert (await tree(graph))["Shanghai"] == ["East"]


async def test_two_moves_at_once_make_no_circle(graph: Graph) -> None:
    one, two = await team(graph, "One"), await team(graph, "Two")
    move = "mutation($i: MoveTeamInput!) { moveTeam(input: $i) { team { id } } }"

    answers = await asyncio.gather(
        graph(move, {"i": {"id": one, "parentId": two}}), graph(move, {"i": {"id": two, "parentId": one}})
    )

    assert sorted(len(answer.errors) for answer in answers) == [0, 1]


async def test_a_team_that_is_made_below_a_moving_one_moves_along(graph: Graph, database: Database) -> None:
    top = await team(graph, "Top")
    for n in range(5):
        moving = await team(graph, f"Moving {n}")
        await asyncio.gather(
            do(graph, "moveTeam", TEAM, id=moving, parentId=top),
            team(graph, f"New {n}", parentId=moving),
        )
    wrong = text(
        "SELECT count(*) AS n FROM team c JOIN team p ON p.id = c.parent_id"
        " WHERE NOT (c.path <@ p.path AND nlevel(c.path) = nlevel(p.path) + 1)"
    )
    assert (await database.read(wrong))[0].n == 0


async def test_a_tree_has_a_depth(graph: Graph) -> None:
    parent: dict[str, Any] = {}
    for n in range(20):
        parent = {"parentId": await team(graph, f"Level {n}", **parent)}

    assert (await refused(graph, "createTeam", name="Level 21", **parent))["code"] == "INVALID"
    tall = await team(graph, "Tall")
    await team(graph, "Head", parentId=tall)
    assert (await refused(graph, "moveTeam", id=tall, **parent))["code"] == "INVALID"


async def test_a_team_gets_another_name_unless_a_sister_has_it(graph: Graph, database: Database) -> None:
    east, west = await team(graph, "East"), await team(graph, "West")

    renamed = await do(graph, "renameTeam", TEAM, id=east, name=" 华东  大区 ")
    assert (renamed["team"]["name"], renamed["team"]["version"]) == ("华东 大区", 2)
    assert [event.name for event in await told(database, events.TeamRenamed)] == ["华东 大区"]
    assert (await refused(graph, "renameTeam", id=west, name="华东 大区"))["code"] == "CONFLICT"


async def test_managers_are_found_up_the_tree(graph: Graph, database: Database) -> None:
    async def hire(name: str, team_id: str | None = None) -> str:
        made = await do(
            graph, "registerEmployee", "employee { id }", email=f"{name}@b.cn", name=name, teamId=team_id
        )
        return str(made["employee"]["id"])

    top = await team(graph, "Top")
    middle = await team(graph, "Middle", parentId=top)
    low = await team(graph, "Low", parentId=middle)
    boss, lead = await hire("Boss"), await hire("Lead", low)
    await hire("Ann", low)
    await do(graph, "appointManager", TEAM, id=top, managerId=boss)
    await do(graph, "appointManager", TEAM, id=low, managerId=lead)

    query = "{ employees(sort: {by: NAME}) { nodes { name manager { name } managers { name } } } }"
    with statements(database) as ran:
        nodes = (await graph(query)).data["employees"]["nodes"]

    found = {node["name"]: [each["name"] for each in node["managers"]] for node in nodes}
    assert found == {"Administrator": [], "Ann": ["Lead", "Boss"], "Boss": [], "Lead": ["Boss"]}
    assert next(node for node in nodes if node["name"] == "Ann")["manager"] == {"name": "Lead"}
    assert len(ran) <= 5  # the list, the teams, those above, the managers
    placed = (await told(database, events.TeamPlaced))[-1]
    assert (placed.team_id, placed.manager_id) == (low, lead)

    await do(graph, "deactivateEmployee", "employee { id }", id=boss)
    assert (await refused(graph, "appointManager", id=low, managerId=boss))["code"] == "INVALID"
