"""Every field that an object shows of its own row can be kept back: hidden, it is null or no answer."""

import importlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.access.masks import Masked, columns
from chassis.listing import Listing
from tests.access.api import MAIN_TYPES, fields_of

pytestmark = pytest.mark.feature("F108")

ALWAYS = {"id", "version", "opportunity"}  # who may see a row sees which one it is, and how new


def _row(listing: Listing) -> SimpleNamespace:
    """A row in which every column has a value."""
    return SimpleNamespace(**{column.key: _value(column) for column in listing.table.c})


def _value(column: Any) -> Any:
    kind = column.type.python_type
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    known: dict[Any, Any] = {
        UUID: uuid4(),
        str: "text",
        bytes: b"bytes",
        int: 7,
        bool: True,
        Decimal: Decimal(7),
        datetime: datetime(2026, 3, 1, tzinfo=UTC),
        date: date(2026, 3, 1),
        list: [],
        dict: {"key": "value"},
        object: {"key": "value"},  # of a column of JSON
    }
    return known[kind]


def _cases() -> Iterator[Any]:
    for name, (module, listing) in MAIN_TYPES.items():
        for field in fields_of(name, module):
            yield pytest.param(name, module, listing, field, id=f"{name}.{field}")


@pytest.mark.parametrize(("name", "module", "listing", "field"), _cases())
def test_a_hidden_field_shows_nothing(name: str, module: str, listing: str, field: str) -> None:
    if field in ALWAYS:
        pytest.skip("shown with every row")
    kind = getattr(importlib.import_module(module), name)
    place, _, what = listing.rpartition(".")
    rows: Listing = getattr(importlib.import_module(place), what)
    row = _row(rows)
    hidden = columns(frozenset((field,)), rows.parts)
    assert hidden & set(vars(row)), f"hiding {field} of {name} hides no column of {rows.table.name}"

    try:
        shown = getattr(kind.of(Masked(row, hidden)), _snake(field), None)
    except (TypeError, AttributeError, ValueError):
        return  # without the value there is no answer at all
    assert not shown or getattr(shown, "amount", 0) is None or not any(vars(shown).values())


def _snake(field: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)
