"""Rows of texts become typed values by a mapping; every correction is counted, every fault named."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning import rules, values
from chassis.cleaning.rules import Clean
from chassis.cleaning.values import fold
from chassis.errors import DomainError, Invalid
from chassis.fields.types import TYPES
from chassis.importing.importable import BY_ID, Field, Importable, Values
from chassis.importing.mapping import Column
from chassis.importing.reading import Cell, Row

EXAMPLES = 3
MOST_REASONS = 50

Cleaned = Values | DomainError


@dataclass
class Report:
    """What cleaning found: how often each rule changed a field, with examples, and why rows were refused."""

    cleaned: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    secret: frozenset[str] = frozenset()  # fields of which nothing is kept in plain text
    keys: dict[int, Hashable] = field(default_factory=dict)  # what a row shares with others of its record
    ahead: list[Any] = field(default_factory=list)  # outcomes of rows that the next chunk begins with

    def note(self, name: str, rule: str, before: str, after: str) -> None:
        """Count a correction."""
        key = (name, rule)
        self.cleaned[key] += 1
        shown = self.examples.setdefault(key, [])
        if len(shown) < EXAMPLES and name not in self.secret:
            shown.append((before[:100], after[:100]))

    def added_to(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Return this and what was kept of the chunks before."""
        cleaned = {key: dict(value) for key, value in kept.get("cleaned", {}).items()}
        for (name, rule), count in self.cleaned.items():
            entry = cleaned.setdefault(f"{name} {rule}", {"count": 0, "examples": []})
            entry["count"] += count
            entry["examples"] = [*entry["examples"], *self.examples[(name, rule)]][:EXAMPLES]
        reasons = Counter(kept.get("reasons", {})) + self.reasons
        return {"cleaned": cleaned, "reasons": dict(reasons.most_common(MOST_REASONS)), "ahead": self.ahead}


@dataclass(frozen=True)
class _Target:
    field: Field
    place: int | None
    value: str
    rules: Sequence[tuple[str, Clean]]
    typed: Callable[[str], Any]

    def text(self, row: Row) -> str:
        cell: Cell = self.value if self.place is None else row[self.place]
        return rules.trim(cell if isinstance(cell, str) else str(cell))


class Cleaner:
    """A mapping made ready for the rows of a file."""

    def __init__(self, importable: Importable, columns: Sequence[Column], headers: Sequence[str]) -> None:
        by_id = any(column.field == BY_ID.name for column in columns)
        self._required = [each.name for each in importable.fields if each.required and not by_id]
        self._targets = [_target(importable.field(column.field), column, headers) for column in columns]
        self._group = next((each for each in self._targets if each.field.name == importable.group), None)

    def runs(self, rows: Sequence[Row]) -> list[list[int]]:
        """Return the places of the rows that make one record, record by record."""
        found: list[list[int]] = []
        names = [fold(self._group.text(row)) if self._group else "" for row in rows]
        for place, name in enumerate(names):
            if name and place and name == names[place - 1]:
                found[-1].append(place)
            else:
                found.append([place])
        return found

    def clean(self, rows: Sequence[Row], report: Report) -> list[Cleaned]:
        """Return each row's values, or what is wrong with the row, all of it in one sentence."""
        return [self._row(row, report) for row in rows]

    async def look_up(self, session: AsyncSession, rows: list[Cleaned]) -> None:
        """Put ids where rows name records otherwise; one statement per field."""
        for target in self._targets:
            lookup, name = target.field.lookup, target.field.name
            found = [row for row in rows if lookup and isinstance(row, dict) and name in row]
            texts = {row[name] for row in found if not isinstance(row[name], UUID)}
            ids = await lookup(session, sorted(texts)) if lookup and texts else {}
            for place, row in enumerate(rows):
                if texts and isinstance(row, dict) and row.get(name) in texts:
                    rows[place] = _linked(row, target.field, ids)

    def _row(self, row: Row, report: Report) -> Cleaned:
        made: Values = {}
        faults: list[str] = []
        for target in self._targets:
            text = target.text(row)
            if not text:
                continue
            name = target.field.name
            try:
                for rule, clean in target.rules:
                    before, text = text, clean(text)
                    if text != before:
                        report.note(name, rule, before, text)
                made[name] = target.typed(text)
            except DomainError as error:
                faults.append(f"{name}: {error.message}")
        faults += [f"{name}: is missing" for name in self._required if name not in made and not faults]
        return Invalid("; ".join(faults)) if faults else made


def _linked(row: Values, field: Field, ids: Any) -> Cleaned:
    name = field.name
    id = ids.get(row[name])
    if id is not None:
        return {**row, name: id}
    way_out = f"; {field.else_do}" if field.else_do else ""
    return Invalid(f"{name}: there is no {row[name]!r}, or more than one{way_out}")


def _target(field: Field, column: Column, headers: Sequence[str]) -> _Target:
    uses = (
        [(name, {}) for name in field.rules]
        if column.rules is None
        else [(rule.name, dict(rule.parameters)) for rule in column.rules]
    )
    place = None if column.header is None else list(headers).index(column.header)
    made = [(name, rules.made(name, given)) for name, given in uses]
    return _Target(field, place, column.value or "", made, _typed(field))


def _typed(field: Field) -> Callable[[str], Any]:
    if field.definition:
        return partial(TYPES[field.definition.type].parse, definition=field.definition)
    if field.kind == "choice":
        return _choice(field)
    kinds: dict[str, Callable[[str], Any]] = {
        "integer": values.integer,
        "decimal": values.number,
        "date": values.day,
        "datetime": values.instant,
        "boolean": values.yes_or_no,
        "list": values.parts,
        "id": partial(_id, looked_up=field.lookup is not None),
        "text": partial(_bounded, longest=field.longest),
    }
    return kinds[field.kind]


def _choice(field: Field) -> Callable[[str], Any]:
    names = {str(getattr(chosen, "value", chosen)): chosen for chosen in field.choices.values()}
    known = values.spellings({text: str(getattr(c, "value", c)) for text, c in field.choices.items()})
    return lambda text: names[values.choice(text, known)]


def _bounded(text: str, longest: int) -> str:
    if len(text) > longest:
        raise Invalid(f"has {len(text)} signs; at most {longest} fit")
    return text


def _id(text: str, looked_up: bool) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        if looked_up:
            return text
        raise Invalid(f"{text!r} is no id") from None
