"""Role definitions are refused with the path of what is wrong, and survive being written and read."""

from typing import Any

import pytest

from chassis.access.roles import Condition, Grant, narrowed, parse, to_json
from chassis.errors import Invalid

WHOLE: dict[str, Any] = {
    "version": 1,
    "grants": [
        {
            "objects": ["lead", "quote"],
            "actions": ["read", "update"],
            "scopes": [
                "own",
                "shared",
                {"condition": {"rules": [{"field": "city", "operator": "eq", "value": "上海"}]}},
            ],
            "hide": ["budget"],
            "readOnly": ["ownerId"],
        },
        {"objects": ["*"], "actions": ["*"], "scopes": ["all"]},
    ],
}


@pytest.mark.feature("F108")
def test_a_definition_says_the_same_after_it_was_written_and_read() -> None:
    definition = parse(WHOLE)

    assert parse(to_json(definition)) == definition
    assert definition.grants[0].hide == {"budget"}
    assert any(isinstance(scope, Condition) for scope in definition.grants[0].scopes)
    assert definition.grants[0].covers("lead", "update")
    assert not definition.grants[0].covers("lead", "delete")
    assert definition.grants[1].covers("lead", "delete")


def _with(**changed: Any) -> dict[str, Any]:
    grant = {"objects": ["lead"], "actions": ["read"], "scopes": ["own"], **changed}
    return {"version": 1, "grants": [grant]}


@pytest.mark.parametrize(
    ("json", "path"),
    [
        ([], ()),
        ({"version": 2, "grants": []}, ("version",)),
        ({"version": 1, "grants": {}}, ("grants",)),
        ({"version": 1, "allow": []}, ("allow",)),
        (_with(objects=[]), ("grants", 0, "objects")),
        (_with(objects=["Lead!"]), ("grants", 0, "objects", 0)),
        (_with(actions="read"), ("grants", 0, "actions")),
        (_with(scopes=[]), ("grants", 0, "scopes")),
        (_with(scopes=["own", "mine"]), ("grants", 0, "scopes", 1)),
        (_with(scopes=[["own"]]), ("grants", 0, "scopes", 0)),
        (_with(hide=["budget", 5]), ("grants", 0, "hide", 1)),
        (_with(readonly=["ownerId"]), ("grants", 0, "readonly")),
        (
            _with(scopes=[{"condition": {"rules": [{"field": "city", "operator": "like"}]}}]),
            ("grants", 0, "scopes", 0, "condition", "rules", 0, "operator"),
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(json: Any, path: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        parse(json)

    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("granted", "scopes", "left"),
    [
        ("lead:read lead:update", [], {"lead:read", "lead:update"}),
        ("*:*", ["lead:read"], {"lead:read"}),
        ("*:read", ["lead:*", "quote:update"], {"lead:read"}),
        ("lead:*", ["*:read"], {"lead:read"}),
        ("lead:read", ["quote:read"], set()),
    ],
)
def test_scopes_only_take_away(granted: str, scopes: list[str], left: set[str]) -> None:
    grants = []
    for each in granted.split():
        noun, action = each.split(":")
        grants.append(Grant(frozenset((noun,)), frozenset((action,)), hide=frozenset(("budget",))))

    found = narrowed(grants, scopes)

    assert {f"{noun}:{action}" for each in found for noun in each.objects for action in each.actions} == left
    assert {each.hide for each in found} <= {frozenset(("budget",))}
