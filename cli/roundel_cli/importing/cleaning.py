"""From a row of somebody's file to the input of a mutation; every correction is counted."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from roundel_cli.importing.mapping import Step, Target

Ids = Mapping[str, Mapping[str, str]]  # by step, by key
_TEMPLATE = re.compile(r"\{(\w+)\}")


class RowError(Exception):
    """A row cannot be sent; says why."""


@dataclass
class Dirt:
    """What was found and put right, or left empty, and how often."""

    replaced: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    empty: Counter[tuple[str, str]] = field(default_factory=Counter)


def row_input(step: Step, row: Mapping[str, str], ids: Ids, dirt: Dirt) -> dict[str, Any]:
    """Return the mutation's fields for a row; a dotted name makes nested objects.

    Raises RowError when a value is not what its type says or a looked-up record is not there.
    """
    made: dict[str, Any] = {}
    for name, target in step.fields.items():
        value = _value(name, target, row, ids, dirt)
        if value is not None:
            _put(made, name.split("."), value)
    return made


def _put(made: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        made = made.setdefault(part, {})
    made[path[-1]] = value


def _value(name: str, target: Target, row: Mapping[str, str], ids: Ids, dirt: Dirt) -> Any:
    if target.value is not None:
        return target.value
    found = _text(target, row)
    if not found:
        if target.report_empty:
            dirt.empty[(name, target.report_empty)] += 1
        return None
    if found in target.replace:
        dirt.replaced[(name, found, target.replace[found])] += 1
        found = target.replace[found]
    if target.choices:
        if found not in target.choices:
            raise RowError(f"{name}: {found!r} is none of {', '.join(target.choices)}")
        found = target.choices[found]
    if target.lookup is not None:
        return _looked_up(name, target.lookup, found, ids)
    return _typed(name, target, found)


def _text(target: Target, row: Mapping[str, str]) -> str:
    if target.column is not None:
        if target.column not in row:
            raise RowError(f"the file has no column {target.column}")
        return row[target.column].strip()
    return _TEMPLATE.sub(lambda match: row[match[1]].strip(), target.template or "").strip()


def _looked_up(name: str, step: str, key: str, ids: Ids) -> str:
    try:
        return ids[step][key]
    except KeyError:
        raise RowError(f"{name}: {key!r} is not among the {step}") from None


def _typed(name: str, target: Target, text: str) -> Any:
    try:
        match target.type:
            case "integer":
                return int(text) * target.times
            case "decimal":
                return str(Decimal(text) * target.times)
            case "money":
                return {"amount": str(Decimal(text) * target.times), "currency": target.currency}
            case "date":
                return date.fromisoformat(text).isoformat()
            case "slug":
                return re.sub(r"[^\w@.]+", ".", text.casefold()).strip(".")
    except (ValueError, InvalidOperation):
        raise RowError(f"{name}: {text!r} is no {target.type}") from None
    return text
