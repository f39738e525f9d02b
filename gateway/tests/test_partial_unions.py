"""A union below a shared list, of which each service knows other members."""

from typing import Any

import pytest

SERVICE = """
type Query {{ root{name}: Container }}
type Container @key(fields: "id") {{ id: ID! wrapper: Wrapper @shareable }}
type Wrapper @shareable {{ actions: [Action!]! @shareable }}
union Action = Common | Only{name}
type Common @shareable {{ label: String }}
type Only{name} {{ own{name}: String }}
"""


@pytest.mark.xfail(strict=True, reason="the planner does not ask for the members that only one service knows")
@pytest.mark.parametrize("name", ["A", "B"])
async def test_a_member_that_only_the_asked_service_knows_is_answered_whole(
    graph: Any, world_type: Any, name: str
) -> None:
    def actions(_: object, info: Any) -> list[dict[str, str]]:
        known = next(kind for kind in ("OnlyA", "OnlyB") if kind in info.schema.type_map)
        return [{"__typename": "Common", "label": "both"}, {"__typename": known, f"own{known[-1]}": "only"}]

    container = {"id": "1", "wrapper": {}}
    world = world_type(
        roots={"Query": {"rootA": container, "rootB": container}},
        entities={"Container": {"1": container}},
        resolvers={("Wrapper", "actions"): actions},
    )
    asked = await graph(world, a=SERVICE.format(name="A"), b=SERVICE.format(name="B"))
    members = "... on Common { label } ... on OnlyA { ownA } ... on OnlyB { ownB }"
    answer = await asked(f"{{ root{name} {{ wrapper {{ actions {{ __typename {members} }} }} }} }}")
    assert answer["data"][f"root{name}"]["wrapper"]["actions"] == [
        {"__typename": "Common", "label": "both"},
        {"__typename": f"Only{name}", f"own{name}": "only"},
    ], [request["query"] for each in asked.subgraphs.values() for request in each.requests]
