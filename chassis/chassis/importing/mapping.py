"""Which column goes to which field, cleaned by which rules: suggested, remembered, checked."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning import rules
from chassis.cleaning.values import fold
from chassis.database import now
from chassis.errors import DomainError, Invalid
from chassis.importing.importable import BY_ID, Field, Importable
from chassis.importing.models import ImportMapping
from chassis.secrets.sealing import secret_names

ALIKE = 80.0  # of 100; below, two headers only happen to share letters


@dataclass(frozen=True)
class RuleUse:
    """A cleaning rule with its parameters."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A field and where its value comes from: the column of this header, or the same text in every row.

    Without `rules` it gets those of the field.
    """

    field: str
    header: str | None = None
    value: str | None = None
    rules: tuple[RuleUse, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is kept."""
        chosen = self.rules
        written = None if chosen is None else [[rule.name, dict(rule.parameters)] for rule in chosen]
        return {"field": self.field, "header": self.header, "value": self.value, "rules": written}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Read what was kept."""
        written = kept["rules"]
        chosen = None if written is None else tuple(RuleUse(name, given) for name, given in written)
        return cls(kept["field"], kept["header"], kept["value"], chosen)


def suggest(importable: Importable, headers: Sequence[str]) -> list[Column]:
    """Return the columns whose headers are named like a field, the surest first served."""
    pairs = sorted(
        ((_likeness(header, found), header, found.name) for header in headers for found in importable.fields),
        key=lambda pair: -pair[0],
    )
    columns: dict[str, Column] = {}
    used: set[str] = set()
    for likeness, header, name in pairs:
        if likeness >= ALIKE and name not in columns and header not in used:
            columns[name] = Column(name, header)
            used.add(header)
    return [columns[each.name] for each in importable.fields if each.name in columns]


def check(importable: Importable, columns: Sequence[Column], headers: Iterable[str]) -> None:
    """Raise Invalid when a mapping names what is not there, or leaves out what every record needs."""
    known = set(headers)
    seen: set[str] = set()
    for place, column in enumerate(columns):
        path = ("input", "columns", place)
        try:
            importable.field(column.field)
            for rule in column.rules or ():
                rules.made(rule.name, rule.parameters)
        except DomainError as error:
            raise Invalid(error.message, path=path) from None
        if column.field in seen:
            raise Invalid(f"The field {column.field} is mapped twice", path=path)
        if (column.header is None) == (column.value is None):
            raise Invalid(f"Give {column.field} either a header or a value", path=path)
        if column.value and column.field in secret_names(importable.model):
            raise Invalid(f"{column.field} is kept encrypted; take it from a column", path=path)
        if column.header is not None and column.header not in known:
            raise Invalid(f"The file has no column {column.header!r}", path=path)
        seen.add(column.field)
    lacking = [each.name for each in importable.fields if each.required and each.name not in seen]
    if lacking and BY_ID.name not in seen:
        raise Invalid(f"Map {', '.join(lacking)} too; no record is without", path=("input", "columns"))


async def remembered(session: AsyncSession, importable: Importable, headers: Sequence[str]) -> list[Column]:
    """Return how a file with these headers was mapped last, or nothing."""
    kept = await session.scalar(
        select(ImportMapping.columns).where(
            ImportMapping.object == importable.noun, ImportMapping.headers == _digest(headers)
        )
    )
    fields = {each.name for each in importable.fields}
    return [column for each in kept or () if (column := Column.of(each)).field in fields]


async def remember(
    session: AsyncSession, importable: Importable, headers: Sequence[str], columns: Sequence[Column]
) -> None:
    """Keep a mapping for the next file with these headers."""
    values = {"columns": [column.to_json() for column in columns], "updated_at": now()}
    keys = {"object": importable.noun, "headers": _digest(headers)}
    kept = insert(ImportMapping).values(**keys, **values)
    await session.execute(kept.on_conflict_do_update(index_elements=list(keys), set_=values))


def _likeness(header: str, found: Field) -> float:
    written = fold(header)
    names = [fold(name) for name in (found.name, *found.labels)]
    return 101.0 if written in names else max(fuzz.ratio(written, name) for name in names)


def _digest(headers: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(map(fold, headers))).encode()).hexdigest()
