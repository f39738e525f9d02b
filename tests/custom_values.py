"""What holds for the custom fields of every main object, shown in the tests of the service that owns it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.testing import Graph

SHOWN = "id customFields { key value display(language: ZH) }"
OPTIONS = {"options": [{"value": "a", "zh": "甲", "en": "First"}, "b"]}
FIELDS: Sequence[Mapping[str, Any]] = (
    {"key": "pieces", "type": "integer", "settings": {"min": 1}},
    {"key": "grade", "type": "single_select", "settings": OPTIONS},
)


async def prove(
    graph: Graph,
    name: str,
    *,
    made_by: str = "",
    of: Callable[[int], Mapping[str, Any]] | None = None,
    ids: Sequence[str] = (),
    listed: str = "",
) -> None:
    """Fail unless values are entered, read, chosen and sorted by, and wrong ones refused with their place.

    Two records are made by the mutation `made_by` of what `of` gives, or are there by these `ids`.
    """
    for field in FIELDS:
        await _do(
            graph, f"define{name}Field", "DefineFieldInput", {"labelZh": "字段", "labelEn": "F", **field}
        )
    if of is not None:
        type, small = f"{made_by[0].upper()}{made_by[1:]}Input", _small(name)
        wrong = {**of(0), "custom": _values(0, "a")}
        assert await _refused(graph, made_by, type, wrong) == ["input", "custom", 0, "value"]
        asked = [{**of(number), "custom": _values(number, "b")} for number in (3, 9)]
        made = [await _do(graph, made_by, type, each, f"{small} {{ {SHOWN} }}") for each in asked]
        assert [_shown(each[small])["pieces"] for each in made] == [3, 9]
        ids = [each[small]["id"] for each in made]
    await _are_set(graph, name, ids)
    if listed:
        await _are_listed(graph, listed, ids)


async def _are_set(graph: Graph, name: str, ids: Sequence[str]) -> None:
    set = f"set{name}CustomFields"
    for id, pieces in zip(ids, (4, 8), strict=True):
        given = {"id": id, "custom": _values(pieces, "a")}
        done = await _do(graph, set, "SetCustomFieldsInput", given, f"{_small(name)} {{ {SHOWN} }}")
        record = done[_small(name)]
        assert _shown(record) == {"pieces": pieces, "grade": "a"}
        assert [each["display"] for each in record["customFields"]] == [str(pieces), "甲"]
    wrong = {"id": ids[0], "custom": _values(5, "c")}
    assert await _refused(graph, set, "SetCustomFieldsInput", wrong) == ["input", "custom", 1, "value"]


async def _are_listed(graph: Graph, listed: str, ids: Sequence[str]) -> None:
    document = (
        f"query($where: Condition, $by: FieldOrder) {{ {listed}(where: $where, sortBy: $by) {{"
        f" nodes {{ {SHOWN} }} }} }}"
    )
    many = {"combinator": "and", "rules": [{"field": "custom.pieces", "operator": "gt", "value": 5}]}
    for variables, found in (
        ({"where": many}, [ids[1]]),
        ({"by": {"field": "custom.pieces", "direction": "DESC"}}, [ids[1], ids[0]]),
    ):
        answer = await graph(document, variables)
        assert not answer.errors, answer.errors
        nodes = [each for each in answer.data[listed]["nodes"] if _shown(each)["pieces"]]
        assert [each["id"] for each in nodes] == found


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


def _values(pieces: int, grade: str) -> list[dict[str, Any]]:
    return [{"key": "pieces", "value": pieces}, {"key": "grade", "value": grade}]


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in record["customFields"]}


async def _do(
    graph: Graph, mutation: str, type: str, input: Mapping[str, Any], want: str = "__typename"
) -> Any:
    answer = await graph(
        f"mutation($i: {type}!) {{ {mutation}(input: $i) {{ {want} }} }}", {"i": dict(input)}
    )
    assert not answer.errors, answer.errors
    return answer.data[mutation]


async def _refused(graph: Graph, mutation: str, type: str, input: Mapping[str, Any]) -> Any:
    answer = await graph(f"mutation($i: {type}!) {{ {mutation}(input: $i) {{ __typename }} }}", {"i": input})
    [error] = answer.errors
    assert error["extensions"]["code"] == "INVALID"
    return error["extensions"]["inputPath"]
