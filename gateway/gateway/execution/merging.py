"""Deep merge of what subgraphs answer."""

from typing import Any

Entity = dict[str, Any]


def merge(target: Entity, source: Entity, objects: frozenset[str]) -> None:
    """Add what the source knows to the target; a null never hides a value.

    A `__typename` that names no object type (an interface object's) never hides one that does; one that
    names another object type than the target has ends the merge.
    """
    for key, new in source.items():
        old = target.get(key)
        if old is None:
            target[key] = new
        elif type(new) is dict and type(old) is dict:
            merge(old, new, objects)
        elif type(new) is list and type(old) is list:
            _merge_lists(old, new, objects)
        elif key == "__typename":
            if new != old and new in objects:
                if old in objects:
                    return  # two subgraphs disagree about a shared object; the first one stands
                target[key] = new
        elif new is not None:
            target[key] = new


def _merge_lists(target: list[Any], source: list[Any], objects: frozenset[str]) -> None:
    if len(target) != len(source):
        return  # two subgraphs disagree about a shared list; the first one stands
    for index, new in enumerate(source):
        old = target[index]
        if type(new) is dict and type(old) is dict:
            merge(old, new, objects)
        elif type(new) is list and type(old) is list:
            _merge_lists(old, new, objects)
        elif new is not None:
            target[index] = new


def copied(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if type(value) is dict:
        return {key: copied(inner) for key, inner in value.items()}
    if type(value) is list:
        return [copied(inner) for inner in value]
    return value
