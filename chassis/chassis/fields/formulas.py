"""Formulas over the custom fields of a record; computed whenever these are written, and stored."""

from collections.abc import Mapping
from decimal import Decimal

from chassis.conditions import formulas
from chassis.conditions.formulas import Formula
from chassis.conditions.kinds import Kind
from chassis.errors import DomainError, Invalid
from chassis.fields.comparing import PREFIX
from chassis.fields.definition import Definition, Json
from chassis.fields.types import TYPES
from chassis.fields.types.base import KINDS

NAME = "formula"


def _variables(fields: Mapping[str, Definition]) -> dict[str, Kind]:
    """Formulas name fields that people enter, so that none depends on another."""
    return {
        PREFIX + key: KINDS[TYPES[known.type].compared(known)]
        for key, known in fields.items()
        if not TYPES[known.type].computed and TYPES[known.type].compared(known) != "nothing"
    }


def compiled(known: Definition, fields: Mapping[str, Definition]) -> Formula:
    """Return the formula of a definition; raise Invalid with the place of what is wrong."""
    formula = formulas.compile(
        known.settings["expression"], _variables(fields), path=("input", "settings", "expression")
    )
    result = known.settings.get("result", "number")
    if formula.kind.name != result:
        raise Invalid(
            f"This formula gives a {formula.kind.name}, not a {result}", path=("input", "settings", "result")
        )
    return formula


def computed(fields: Mapping[str, Definition], custom: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values of all formulas for a record; null where there is none, as for a division by 0."""
    asked = [known for known in fields.values() if known.type == NAME]
    if not asked:
        return {}
    given = {
        PREFIX + key: TYPES[known.type].comparable(custom.get(key, known.default), known)
        for key, known in fields.items()
        if not TYPES[known.type].computed
    }
    return {known.key: _value(compiled(known, fields), given) for known in asked}


def _value(formula: Formula, given: Mapping[str, object]) -> Json:
    try:
        found = formula.evaluate(given)
    except DomainError:
        return None
    return f"{found.normalize():f}" if isinstance(found, Decimal) else found


def check(fields: Mapping[str, Definition]) -> None:
    """Raise Invalid when a formula cannot be computed with these fields."""
    for known in fields.values():
        if known.type == NAME:
            compiled(known, fields)
