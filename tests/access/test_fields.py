"""Every field that an object shows of its own row can be kept back: hidden, it is null or no answer."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chassis.access.masks import Masked, columns
from chassis.listing import Listing
from tests.access.api import Shown, fields_of, shown
from tests.access.rows import value

pytestmark = pytest.mark.feature("F108", "N8")

ALWAYS = {"id", "version", "opportunity"}  # who may see a row sees which one it is, and how new


def _row(listing: Listing) -> SimpleNamespace:
    """A row in which every column has a value."""
    return SimpleNamespace(**{column.key: value(column) for column in listing.table.c})


def _cases() -> Iterator[Any]:
    for each in shown():
        for field in fields_of(each.type):
            if field not in ALWAYS:
                yield pytest.param(each, field, id=f"{each.name}.{field}")


@pytest.mark.parametrize(("of", "field"), list(_cases()))
def test_a_hidden_field_shows_nothing(of: Shown, field: str) -> None:
    rows = of.listing
    row = _row(rows)
    hidden = columns(frozenset((field,)), rows.parts)
    assert hidden & set(vars(row)), f"hiding {field} of {of.name} hides no column of {rows.table.name}"

    try:
        told = getattr(of.type.of(Masked(row, hidden)), _snake(field), None)
    except (TypeError, AttributeError, ValueError):
        return  # without the value there is no answer at all
    assert not told or getattr(told, "amount", 0) is None or not any(vars(told).values())


def _snake(field: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)
