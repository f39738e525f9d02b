"""What a role allows: versioned JSON, parsed to grants with errors that name the path.

    {"version": 1, "grants": [{
        "objects": ["lead", "quote"], "actions": ["read", "update"],
        "scopes": ["own", "shared"], "hide": ["budget"], "readOnly": ["ownerId"]}]}

An object or an action may be `*`. A scope is own, team, subtree, shared, all, or `{"condition": …}`
with a condition of chassis.conditions; a row is within the grant when it is within one of its scopes.
`hide` and `readOnly` name fields as the graph does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

import orjson

from chassis.conditions import tree
from chassis.errors import Invalid

VERSION = 1
MAX_GRANTS = 200
MAX_NAMES = 100

Reach = Literal["own", "team", "subtree", "shared", "all"]
REACHES: tuple[Reach, ...] = get_args(Reach)

_NOUN = re.compile(r"\*|[a-z][a-z0-9_]{0,59}")
_FIELD = re.compile(r"custom\.[a-z][a-z0-9_]{0,49}|[a-z][A-Za-z0-9]{0,59}")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """The rows that meet a condition, kept as its canonical JSON so that equal scopes are equal."""

    json: str


Scope = Reach | Condition


@dataclass(frozen=True, slots=True)
class Grant:
    """These actions on these objects, for the rows within one of the scopes, without some fields."""

    objects: frozenset[str]
    actions: frozenset[str]
    scopes: frozenset[Scope] = frozenset(("all",))
    hide: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()

    def covers(self, noun: str, action: str) -> bool:
        """Tell whether this grant speaks about the action on the object."""
        return bool(self.objects & {noun, "*"}) and bool(self.actions & {action, "*"})


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """All that one role grants."""

    grants: tuple[Grant, ...]


def parse(json: Any) -> RoleDefinition:
    """Return the definition that this JSON says; raise Invalid with the path of what is wrong."""
    given = _object(json, (), {"version", "grants"})
    if given.get("version") != VERSION:
        raise Invalid(f"A role definition has version {VERSION}", path=("version",))
    grants = _list(given.get("grants", []), ("grants",), MAX_GRANTS)
    return RoleDefinition(tuple(_grant(each, ("grants", n)) for n, each in enumerate(grants)))


def narrowed(grants: Iterable[Grant], scopes: Sequence[str]) -> tuple[Grant, ...]:
    """Return what of the grants these `object:action` leave, either may be `*`; none leave all of it."""
    if not scopes:
        return tuple(grants)
    found = []
    for grant in grants:
        for noun, _, action in (scope.partition(":") for scope in scopes):
            objects, actions = _both(grant.objects, noun), _both(grant.actions, action)
            if objects and actions:
                found.append(replace(grant, objects=objects, actions=actions))
    return tuple(found)


def _both(names: frozenset[str], name: str) -> frozenset[str]:
    if name == "*":
        return names
    return frozenset((name,)) if names & {name, "*"} else frozenset()


def to_json(definition: RoleDefinition) -> dict[str, Any]:
    """Return the stored form of a definition."""
    return {"version": VERSION, "grants": [_written(grant) for grant in definition.grants]}


def _written(grant: Grant) -> dict[str, Any]:
    written: dict[str, Any] = {
        "objects": sorted(grant.objects),
        "actions": sorted(grant.actions),
        "scopes": [
            {"condition": orjson.loads(scope.json)} if isinstance(scope, Condition) else scope
            for scope in sorted(grant.scopes, key=str)
        ],
    }
    if grant.hide:
        written["hide"] = sorted(grant.hide)
    if grant.read_only:
        written["readOnly"] = sorted(grant.read_only)
    return written


def _grant(json: Any, path: Path) -> Grant:
    given = _object(json, path, {"objects", "actions", "scopes", "hide", "readOnly"})
    return Grant(
        objects=_names(given.get("objects"), (*path, "objects"), _NOUN, least=1),
        actions=_names(given.get("actions"), (*path, "actions"), _NOUN, least=1),
        scopes=_scopes(given.get("scopes"), (*path, "scopes")),
        hide=_names(given.get("hide", []), (*path, "hide"), _FIELD),
        read_only=_names(given.get("readOnly", []), (*path, "readOnly"), _FIELD),
    )


def _object(json: Any, path: Path, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(json, Mapping):
        raise Invalid(f"Here belongs an object with {', '.join(sorted(keys))}", path=path)
    if unknown := sorted(set(json) - keys):
        known = ", ".join(sorted(keys))
        raise Invalid(f"{unknown[0]} means nothing here; known are {known}", path=(*path, unknown[0]))
    return json


def _list(json: Any, path: Path, most: int, *, least: int = 0) -> list[Any]:
    if not isinstance(json, list) or not least <= len(json) <= most:
        raise Invalid(f"Here belongs a list of {least} to {most}", path=path)
    return json


def _names(json: Any, path: Path, shape: re.Pattern[str], *, least: int = 0) -> frozenset[str]:
    names = _list(json, path, MAX_NAMES, least=least)
    for n, name in enumerate(names):
        if not isinstance(name, str) or not shape.fullmatch(name):
            raise Invalid(f"{name!r} is no name; names look like {shape.pattern}", path=(*path, n))
    return frozenset(names)


def _scopes(json: Any, path: Path) -> frozenset[Scope]:
    scopes = _list(json, path, MAX_NAMES, least=1)
    return frozenset(_scope(scope, (*path, n)) for n, scope in enumerate(scopes))


def _scope(json: Any, path: Path) -> Scope:
    if isinstance(json, Mapping):
        condition = _object(json, path, {"condition"}).get("condition")
        if not isinstance(condition, Mapping):
            raise Invalid("Here belongs a condition: a group of rules", path=(*path, "condition"))
        try:
            tree.parse(condition, fields=_AnyField())
        except Invalid as error:
            raise Invalid(error.message, path=(*path, "condition", *error.path)) from None
        return Condition(orjson.dumps(condition, option=orjson.OPT_SORT_KEYS).decode())
    if json not in REACHES:
        raise Invalid(f'{json!r} is no scope; use {", ".join(REACHES)} or {{"condition": …}}', path=path)
    return cast(Reach, json)


class _AnyField:
    """The fields of a condition are those of the object in its service, which a role does not know."""

    def __contains__(self, _: object) -> bool:
        return True
