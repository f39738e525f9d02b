"""From the merged data to the representations of a fetch: paths, requirements and rewrites, compiled once."""

from collections.abc import Callable
from typing import Any

from gateway.execution.merging import Entity
from gateway.supergraph.reading import Supergraph

Location = tuple[str | int, ...]
Place = Any  # None at the root, else (the place around it, the step from there): most are never told
Require = Callable[[Entity, Entity], None]
Rewrite = Callable[[Entity], None]
Found = list[tuple[Any, Place]]

ABSENT: Any = object()


class MissingRequirement(Exception):
    """The entity lacks a value that the subgraph needs, because an earlier fetch failed."""


class EntityPath:
    """Where in the response a fetch finds its entities."""

    def __init__(self, segments: list[Any], supergraph: Supergraph) -> None:
        self._steps = [_step(segment, supergraph) for segment in segments]
        self._steps.append(_spread)

    def find(self, data: Entity) -> Found:
        """All entities at this path, each with its place."""
        found: Found = [(data, None)]
        for step in self._steps:
            found = step(found)
        return [each for each in found if type(each[0]) is dict]


def location(place: Place) -> Location:
    """The steps from the root to a place."""
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return tuple(reversed(steps))


def _step(segment: Any, supergraph: Supergraph) -> Callable[[Found], Found]:
    if segment == "@":
        return _spread
    if "Field" in segment:
        return _field(segment["Field"])
    names = frozenset[str]().union(*(supergraph.those(name) for name in segment["TypeCondition"]))
    return lambda found: [
        (value, place)
        for value, place in _spread(found)
        if type(value) is dict and value.get("__typename") in names
    ]


def _field(name: str) -> Callable[[Found], Found]:
    def step(found: Found) -> Found:
        inner: Found = []
        for value, place in found:
            if type(value) is dict:
                if (held := value.get(name)) is not None:
                    inner.append((held, (place, name)))
            elif type(value) is list:
                inner += step(_spread([(value, place)]))
        return inner

    return step


def _spread(found: Found) -> Found:
    spread: Found = []
    for value, place in found:
        if type(value) is list:
            spread += _spread([(inner, (place, index)) for index, inner in enumerate(value)])
        else:
            spread.append((value, place))
    return spread


def compile_requires(selections: list[Any], supergraph: Supergraph) -> Callable[[Entity], Entity | None]:
    """A function from an entity to its representation; None when there is nothing to ask with."""
    requires = [_require(selection, supergraph) for selection in selections]

    def represent(entity: Entity) -> Entity | None:
        representation: Entity = {}
        try:
            for require in requires:
                require(entity, representation)
        except MissingRequirement:
            return None
        for key, value in representation.items():
            if value is not None and key != "__typename":
                return representation
        return None

    return represent


def _require(selection: Any, supergraph: Supergraph) -> Require:
    if selection["kind"] == "InlineFragment":
        return _require_fragment(selection, supergraph)
    name = selection["name"]
    send = selection.get("alias") or name
    inner = [_require(s, supergraph) for s in selection.get("selections") or ()]
    if any(s["kind"] == "InlineFragment" for s in selection.get("selections") or ()):
        inner.insert(0, _name_type)  # the service cannot tell the members of an abstract type otherwise

    def require(entity: Entity, representation: Entity) -> None:
        value = entity.get(name, ABSENT)
        if value is ABSENT:
            value = entity.get(send, ABSENT)
        if value is ABSENT:
            raise MissingRequirement
        representation[send] = _narrowed(value, inner) if inner else value

    return require


def _name_type(entity: Entity, representation: Entity) -> None:
    if "__typename" in entity:
        representation["__typename"] = entity["__typename"]


def _narrowed(value: Any, requires: list[Require]) -> Any:
    if type(value) is list:
        return [_narrowed(item, requires) for item in value]
    if type(value) is not dict:
        return value
    narrowed: Entity = {}
    for require in requires:
        require(value, narrowed)
    return narrowed


def _require_fragment(selection: Any, supergraph: Supergraph) -> Require:
    names = supergraph.those(selection["typeCondition"])
    keys = [s["name"] for s in selection["selections"] if s["kind"] == "Field" and _is_plain(s)]
    inner = [_require(s, supergraph) for s in selection["selections"] if s.get("name") not in keys]

    def require(entity: Entity, representation: Entity) -> None:
        if entity.get("__typename") not in names:
            return
        try:
            for key in keys:
                representation[key] = entity[key]
        except KeyError:
            raise MissingRequirement from None
        for each in inner:
            each(entity, representation)

    return require


def _is_plain(selection: Any) -> bool:
    """Whether a field is sent as it is."""
    return not selection.get("selections") and selection.get("alias") in (None, selection["name"])


def compile_rewrites(rewrites: list[Any] | None, supergraph: Supergraph) -> Rewrite | None:
    """A function that sets values and renames keys in place, or None when there is nothing to do."""
    compiled = [_rewrite(rewrite, supergraph) for rewrite in rewrites or ()]
    if not compiled:
        return None

    def rewrite(entity: Entity) -> None:
        for each in compiled:
            each(entity)

    return rewrite


def _rewrite(rewrite: Any, supergraph: Supergraph) -> Callable[[Any], None]:
    if "KeyRenamer" in rewrite:
        details = rewrite["KeyRenamer"]
        new_key = details["renameKeyTo"]

        def apply(entity: Entity, key: str) -> None:
            if key in entity:
                entity[new_key] = entity.pop(key)
    else:
        details = rewrite.get("ValueSetter", rewrite)
        value = details["setValueTo"]

        def apply(entity: Entity, key: str) -> None:
            entity[key] = value

    return _at(details["path"], apply, supergraph)


def _at(
    path: list[Any], apply: Callable[[Entity, str], None], supergraph: Supergraph
) -> Callable[[Any], None]:
    head, *rest = path
    if "TypenameEquals" in head:
        names = frozenset[str]().union(*(supergraph.those(name) for name in head["TypenameEquals"]))
        within = _at(rest, apply, supergraph)
        return _each(
            lambda entity: within(entity) if entity.get("__typename", ABSENT) in names | {ABSENT} else None
        )
    key = head["Key"]
    if not rest:
        return _each(lambda entity: apply(entity, key))
    deeper = _at(rest, apply, supergraph)
    return _each(lambda entity: deeper(entity.get(key)))


def _each(visit: Callable[[Entity], None]) -> Callable[[Any], None]:
    def visit_all(value: Any) -> None:
        if type(value) is dict:
            visit(value)
        elif type(value) is list:
            for item in value:
                visit_all(item)

    return visit_all
