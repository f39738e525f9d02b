"""Formulas give typed values, say where they are wrong, and end quickly however hostile they are."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chassis.conditions import kinds
from chassis.conditions.formulas import compile
from chassis.errors import Invalid, LimitExceeded
from chassis.money import Money

VARIABLES = {
    "amount": kinds.NUMBER,
    "discount": kinds.NUMBER,
    "price": kinds.MONEY,
    "cost": kinds.MONEY,
    "name": kinds.TEXT,
    "due": kinds.DATE,
    "seen": kinds.DATETIME,
    "active": kinds.BOOLEAN,
    "tags": kinds.TEXTS,
}
RECORD = {
    "amount": Decimal("1000.00"),
    "discount": Decimal("12.5"),
    "price": Money(Decimal("99.90"), "CNY"),
    "cost": Money(Decimal("60"), "CNY"),
    "name": "上海示例",
    "due": date(2026, 3, 1),
    "seen": datetime(2026, 3, 1, 8, tzinfo=UTC),
    "active": True,
    "tags": ["vip", "重点"],
}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("amount * (1 - discount / 100)", kinds.NUMBER, Decimal("875.0000")),
        ("amount / 3", kinds.NUMBER, Decimal("333.3333")),
        ("0.1 + 0.2", kinds.NUMBER, Decimal("0.3000")),
        ("price - cost", kinds.NUMBER, Decimal("39.9000")),
        ("math.round(amount / 3.0)", kinds.NUMBER, Decimal("333.0000")),
        ("math.greatest(amount, discount)", kinds.NUMBER, Decimal("1000.0000")),
        ("size(name)", kinds.NUMBER, Decimal("4.0000")),
        ("name + ' · 2 件'", kinds.TEXT, "上海示例 · 2 件"),
        ("active && amount > 500 ? '大' : '小'", kinds.TEXT, "大"),
        ("'重点' in tags", kinds.BOOLEAN, True),
        ("tags.exists(tag, tag.startsWith('v'))", kinds.BOOLEAN, True),
        ("name.matches('^上海')", kinds.BOOLEAN, True),
        ("due < seen", kinds.BOOLEAN, True),
        ("due + duration('72h')", kinds.DATETIME, datetime(2026, 3, 4, tzinfo=UTC)),
        ("seen.getDayOfWeek('Asia/Shanghai')", kinds.NUMBER, Decimal("0.0000")),
    ],
)
def test_a_formula_gives_a_value_of_its_kind(text: str, kind: Any, value: Any) -> None:
    formula = compile(text, VARIABLES)
    assert formula.kind is kind
    assert formula.evaluate(RECORD) == value


@pytest.mark.parametrize(
    ("text", "says", "column"),
    [
        ("amount +", "Syntax error", 9),
        ("amount * unknown", "undeclared reference to 'unknown'", 10),
        ("amount + name", r"no matching overload for '_\+_' applied to '\(double, string\)'", 8),
        ("size(name) * amount", r"write numbers like 2\.0", 12),
        ("tags", "gives a text, a number", None),
        ("name.map(x, x)", "map has no place", None),
        ("", "Syntax error", None),
    ],
)
def test_what_is_wrong_is_named_with_its_column(text: str, says: str, column: int | None) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        compile(text, VARIABLES, path=("input", "formula"))
    assert refused.value.path == ("input", "formula")
    if column:
        assert (refused.value.facts["line"], refused.value.facts["column"]) == (1, column)


def test_a_formula_over_what_is_not_there_is_empty() -> None:
    assert compile("amount * discount", VARIABLES).evaluate({**RECORD, "discount": None}) is None
    assert compile("active ? amount : discount", VARIABLES).evaluate({**RECORD, "discount": None}) == 1000


@pytest.mark.parametrize(
    ("text", "record", "says"),
    [
        ("amount / 0.0", RECORD, "divide by zero"),
        ("size(name) / 0", RECORD, "divide by zero"),
        ("price + cost", {**RECORD, "cost": Money(Decimal(1), "USD")}, "CNY, USD"),
    ],
)
def test_what_has_no_value_is_refused(text: str, record: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        compile(text, VARIABLES).evaluate(record)


HOSTILE = [
    "tags.all(a, tags.all(b, tags.all(c, tags.all(d, true))))",
    "tags.exists(a, tags.exists(b, tags.exists(c, a + b + c == 'x')))",
    "tags.map(a, tags.map(b, tags.map(c, a + b + c))).size()",
    "[name]" + ".map(x, x + x)" * 28 + ".size()",
    "name.matches('" + "(a+)+" * 50 + "$')",
    "(" * 300 + "amount" + ")" * 300,
    "amount" + " + amount" * 300,
    "name" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_formula_ends_quickly(text: str) -> None:
    began = time.process_time()
    record = {**RECORD, "tags": ["海" * 100] * 1000, "name": "a" * 10_000}
    with suppress(Invalid, LimitExceeded):
        compile(text, VARIABLES).evaluate(record)
    assert time.process_time() - began < 2


def test_the_iteration_budget_is_a_typed_refusal() -> None:
    with pytest.raises(LimitExceeded, match="too many steps"):
        compile(HOSTILE[0], VARIABLES).evaluate({**RECORD, "tags": ["a"] * 1000})


def test_a_formula_is_compiled_once() -> None:
    one, other = compile("amount + 1", VARIABLES), compile("amount + 1", dict(reversed(VARIABLES.items())))
    assert one.program is other.program
