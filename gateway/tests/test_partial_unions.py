"""A union below a shared list, of which each service knows other members."""

from typing import Any

import pytest

SERVICE = """
type Query {{ root{name}: Container }}
type Container @key(fields: "id") {{ id: ID! wrapper: Wrapper @shareable }}
type Wrapper @shareable {{
  actions: [Action!]! @shareable things(first: Int = 9): [Labelled!]! @shareable
  more: [Action!]{more} @shareable one: {one} @shareable
}}
union Action = Common | Only{name}
interface Labelled {{ label: String }}
type Common implements Labelled @shareable {{ label: String }}
type Only{name} implements Labelled {{
  label: String own{name}(times: Int = 1): String detail: Detail wrapper: Wrapper badge: Badge action: Action
}}
type Detail @shareable {{ text: String! further: Detail }}
type Badge @key(fields: "id") {{ id: ID! colour{name}: String }}
"""
ALL = "__typename ... on Common { label } ... on OnlyA { ownA } ... on OnlyB { ownB }"
QUERIES = {
    "that member alone": "{ rootA { wrapper { actions { ... on OnlyA { ownA } } } } }",
    "the other's member": "{ rootA { wrapper { actions { __typename ... on OnlyB { ownB } } } } }",
    "an interface": "{ rootA { wrapper { things { __typename label ... on OnlyA { ownA } } } } }",
    "an interface's members of two services": """{ rootA { wrapper { things {
      __typename ... on OnlyA { label ownA } ... on OnlyB { label ownB } } } } }""",
    "through an interface": "{ rootA { wrapper { actions { ... on Labelled { label } } } } }",
    "aliases and arguments": """{ a: rootA { w: wrapper { few: actions { kind: __typename
      ... on OnlyA { label: ownA twice: ownA(times: 2) } ... on Common { ownA: label } }
      actions { ... on OnlyA { detail: label } } } } }""",
    "named fragments": """{ rootA { wrapper { ...Of actions { ...Text } } } }
      fragment Of on Wrapper { more { ...Text ... on Common { label } } }
      fragment Text on OnlyA { ownA detail { ...Deep } } fragment Deep on Detail { text }""",
    "values inside values": """{ rootA { wrapper { actions { ... on OnlyA {
      detail { __typename further { text further { t: text } } } } } } } }""",
    "a union below the member": """{ rootA { wrapper { actions { ... on OnlyA { action {
      ... on Labelled { label } ... on OnlyA { times: ownA(times: 3) } ... on OnlyB { ownB } } } } } } }""",
    "members at two depths": f"""{{ rootA {{ wrapper {{ actions {{ {ALL} ... on OnlyA {{ wrapper {{
      actions {{ {ALL} }} more {{ ... on OnlyA {{ label }} }} }} }} }} more {{ {ALL} }} }} }} }}""",
    "an entity's own fields": "{ rootA { wrapper { actions { ... on OnlyA { badge { id colourA } } } } } }",
}
CONDITIONAL = """query($with: Boolean!) { rootA { wrapper { actions { __typename
  ... on OnlyA @include(if: $with) { ownA } ... on OnlyA @skip(if: $with) { label }
  ... on Common { label @include(if: $with) } } } } }"""


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    def actions(_: object, info: Any, **__: object) -> list[dict[str, Any]]:
        known = next(kind for kind in ("OnlyA", "OnlyB") if kind in info.schema.type_map)
        common = {"__typename": "Common", "label": "both"}
        detail: dict[str, Any] = {"text": "outer", "further": {"text": "inner", "further": {"text": "core"}}}
        badge = {"id": "b", "colourA": "red", "colourB": "blue"}
        only = {"__typename": known, "label": "one", "detail": detail, "wrapper": {}, "badge": badge}
        return [common, {**only, "action": {"__typename": known, "label": "last"}}]

    def own(_: object, __: object, times: int) -> str:
        return " ".join(["only"] * times)

    container = {"id": "1", "wrapper": {"one": {"__typename": "Common", "label": "both"}}}
    world = world_type(
        roots={"Query": {"rootA": container, "rootB": container}},
        entities={"Container": {"1": container}, "Badge": {}},
        resolvers={
            **{("Wrapper", name): actions for name in ("actions", "things", "more")},
            ("OnlyA", "ownA"): own,
            ("OnlyB", "ownB"): own,
        },
    )
    return await graph(
        world,
        a=SERVICE.format(name="A", more="!", one="Action"),
        b=SERVICE.format(name="B", more="", one="Common"),
    )


async def test_members_that_only_the_asked_service_knows_are_answered_whole(shared: Any) -> None:
    answer = await shared(
        f"{{ rootA {{ wrapper {{ actions {{ {ALL} }} }} }} rootB {{ wrapper {{ actions {{ {ALL} }} }} }} }}"
    )
    assert answer["data"] == {
        f"root{name}": {
            "wrapper": {
                "actions": [
                    {"__typename": "Common", "label": "both"},
                    {"__typename": f"Only{name}", f"own{name}": "only"},
                ]
            }
        }
        for name in "AB"
    }


@pytest.mark.parametrize("case", QUERIES)
async def test_a_member_is_answered_however_it_is_selected(shared: Any, case: str) -> None:
    assert await shared(QUERIES[case]) == await shared.expected(QUERIES[case])


@pytest.mark.parametrize("value", [True, False])
async def test_a_condition_decides_about_a_member(shared: Any, value: bool) -> None:
    answer = await shared(CONDITIONAL, **{"with": value})
    assert answer == await shared.expected(CONDITIONAL, **{"with": value})


async def test_a_service_is_asked_for_no_member_that_it_does_not_know(shared: Any) -> None:
    for subgraph in shared.subgraphs.values():
        subgraph.requests.clear()
    await shared("{ rootB { wrapper { actions { ... on OnlyA { ownA } ... on Common { label } } } } }")
    assert shared.subgraphs["a"].requests == []
    [request] = shared.subgraphs["b"].requests
    assert "Only" not in request["query"]


async def test_a_member_is_not_asked_for_where_the_service_holds_another_type(shared: Any) -> None:
    answer = await shared(f"{{ rootB {{ wrapper {{ one {{ {ALL} }} }} }} }}")
    assert answer["data"]["rootB"]["wrapper"]["one"] == {"__typename": "Common", "label": "both"}


async def test_what_the_service_cannot_answer_of_a_member_costs_nothing_else(shared: Any) -> None:
    answer = await shared("{ rootA { wrapper { actions { ... on OnlyA { ownA badge { colourB } } } } } }")
    assert answer["data"]["rootA"]["wrapper"]["actions"][1] == {"ownA": "only", "badge": None}
    assert "errors" not in answer
