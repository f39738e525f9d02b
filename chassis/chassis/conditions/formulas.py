"""Formulas: a value worked out of a record's others, in CEL, checked and bounded."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_math

from chassis.conditions import kinds
from chassis.conditions.kinds import Kind
from chassis.errors import Invalid, LimitExceeded
from chassis.money import Money

MOST_CHARACTERS = 1000
MOST_VARIABLES = 500
LONGEST_TEXT = 10_000
KEPT = 1000
STEP = Decimal("0.0001")  # what an amount is stored to

_STRING, _DOUBLE, _INSTANT = cel.Type.STRING, cel.Type.DOUBLE, cel.Type.TIMESTAMP
_TYPES: dict[Kind, cel.Type] = {
    kinds.TEXT: _STRING,
    kinds.CHOICE: _STRING,
    kinds.ID: _STRING,
    kinds.NUMBER: _DOUBLE,
    kinds.MONEY: _DOUBLE,
    kinds.DATE: _INSTANT,
    kinds.DATETIME: _INSTANT,
    kinds.BOOLEAN: cel.Type.BOOL,
    kinds.TEXTS: cel.Type.List(_STRING),
    kinds.IDS: cel.Type.List(_STRING),
}
_RESULTS: dict[str, Kind] = {
    "STRING": kinds.TEXT,
    "DOUBLE": kinds.NUMBER,
    "INT": kinds.NUMBER,
    "UINT": kinds.NUMBER,
    "BOOL": kinds.BOOLEAN,
    "TIMESTAMP": kinds.DATETIME,
}
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_WHOLE_NUMBER = re.compile(r"""("[^"]*"|'[^']*')|(?<![\w.])(\d+)(?![\w.])""")
# `map` alone builds values as it goes: a short chain of it doubles a text until the memory is full
_BUILDS = re.compile(r"\bmap\b")


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula; `kind` is what it gives, `reads` the variables it names."""

    text: str
    kind: Kind
    reads: tuple[str, ...]
    program: cel.Expression

    def evaluate(self, record: Mapping[str, Any]) -> Any:
        """Return the value for a record, None when it needs one that the record lacks.

        Numbers are computed with in double precision and rounded to four places. Raises Invalid when
        there is no value (a division by nothing, amounts of several currencies), LimitExceeded when it
        takes too long or the text grows too large.
        """
        try:
            found = self.program.eval(data=self._given(record))
        except (RuntimeError, MemoryError) as error:
            raise LimitExceeded("This formula takes too many steps; make it simpler") from error
        value = found.plain_value()
        if found.type().name() == "ERROR":
            if "No value with name" in str(value):
                return None
            raise Invalid(f"This formula has no value here: {str(value).partition(': ')[2]}")
        return _result(value)

    def _given(self, record: Mapping[str, Any]) -> dict[str, Any]:
        present = {name: value for name in self.reads if (value := record.get(name)) is not None}
        currencies = {value.currency for value in present.values() if isinstance(value, Money)}
        if len(currencies) > 1:
            raise Invalid(f"Amounts in {', '.join(sorted(currencies))} cannot be computed with together")
        return {name: _variable(value) for name, value in present.items()}


def compile(text: str, variables: Mapping[str, Kind], *, path: tuple[str | int, ...] = ()) -> Formula:
    """Return the formula, kept for the next time.

    Raises Invalid with the line and column of what is wrong, LimitExceeded when it is too long.
    """
    if len(text) > MOST_CHARACTERS or len(variables) > MOST_VARIABLES:
        raise LimitExceeded(f"A formula has at most {MOST_CHARACTERS} characters", path=path)
    if _BUILDS.search(text):
        raise Invalid("map has no place in a formula; use all, exists or filter", path=path)
    try:
        program = _program(text, tuple(sorted(variables.items(), key=_name)))
    except RuntimeError as error:
        raise _refusal(str(error), path) from None
    kind = _RESULTS.get(program.return_type().name())
    if kind is None:
        raise Invalid("A formula gives a text, a number, a boolean or an instant", path=path)
    reads = tuple(name for name in variables if re.search(rf"\b{re.escape(name)}\b", text))
    return Formula(text, kind, reads, program)


def _name(variable: tuple[str, Kind]) -> str:
    return variable[0]


@lru_cache(maxsize=KEPT)
def _program(text: str, variables: tuple[tuple[str, Kind], ...]) -> cel.Expression:
    types = {name: _TYPES[kind] for name, kind in variables}
    environment = cel.NewEnv(variables=types, extensions=[ext_math.ExtMath()])
    try:
        return environment.compile(text)
    except RuntimeError as refused:
        # CEL never mixes whole and other numbers, people who write `amount * 2` do
        decimal = _WHOLE_NUMBER.sub(lambda found: found[1] or f"{found[2]}.0", text)
        try:
            return environment.compile(decimal)
        except RuntimeError:
            raise refused from None


def _refusal(said: str, path: tuple[str | int, ...]) -> Invalid:
    place = _PLACE.search(said)
    if place is None:
        return Invalid(f"This is no formula: {said.splitlines()[0]}", path=path)
    line, column, reason = int(place[1]), int(place[2]), place[3]
    hint = "; write numbers like 2.0, and double(…) around whole ones" if "double" in reason else ""
    return Invalid(
        f"This is no formula: {reason} (line {line}, column {column}){hint}",
        path=path,
        line=line,
        column=column,
    )


def _variable(value: Any) -> Any:
    match value:
        case bool() | datetime():
            return value
        case Money():
            return float(value.amount)
        case Decimal() | int():
            return float(value)
        case date():
            return datetime.combine(value, time(), UTC)
        case list() | tuple():
            return [str(one) for one in value]
        case _:
            return value if isinstance(value, float) else str(value)


def _result(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise LimitExceeded(f"This formula gives a text of more than {LONGEST_TEXT} characters")
        return value
    if not math.isfinite(value):
        raise Invalid("This formula has no value here: divide by zero, or too large a number")
    return Decimal(str(value)).quantize(STEP, ROUND_HALF_EVEN) if abs(value) < 1e20 else Decimal(str(value))
