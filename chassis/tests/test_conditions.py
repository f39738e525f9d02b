"""What can be said in a condition, what it means, and how what cannot be meant is named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, DateTime, Enum, Integer, MetaData, Numeric, String, Table, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.conditions import kinds, sql
from chassis.conditions.fields import Field
from chassis.conditions.python import compiled
from chassis.conditions.tree import Group, Rule, parse, rules, to_json
from chassis.conditions.values import Environment, Relative
from chassis.errors import Invalid
from chassis.money import Money


class Status(StrEnum):
    OPEN = "open"
    CLOSED_WON = "won"


THING = Table(
    "thing",
    MetaData(),
    Column("name", String),
    Column("amount", Numeric(19, 4)),
    Column("size", Integer),
    Column("seen_at", DateTime(timezone=True)),
    Column("status", Enum(Status, native_enum=False)),
    Column("owner_id", Uuid),
    Column("tags", ARRAY(String)),
    Column("secret", String, info={"secret": True}),
)
COLUMNS = {column.key: column for column in THING.c}
FIELDS: dict[str, Any] = {**COLUMNS, "price": Field(kinds.MONEY), "day": Field(kinds.DATE)}


def rule(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"rules": [{"field": field, "operator": operator, "value": value}]}


@pytest.mark.parametrize(
    ("json", "path"),
    [
        (rule("unknown", "eq", 1), ("rules", 0, "field")),
        (rule("secret", "eq", "a"), ("rules", 0, "field")),
        ({"rules": [{"field": 7, "operator": "eq"}]}, ("rules", 0, "field")),
        (rule("name", "like", "a"), ("rules", 0, "operator")),
        (rule("amount", "contains", "1"), ("rules", 0, "operator")),
        (rule("name", "changedTo", "a"), ("rules", 0, "operator")),
        ({"rules": [rule("name", "in", "a")]}, ("rules", 0, "rules", 0, "value")),
        (rule("name", "in", ["a", 1]), ("rules", 0, "value", 1)),
        (rule("name", "in", ["a"] * 1001), ("rules", 0, "value")),
        (rule("name", "eq", "a" * 1001), ("rules", 0, "value")),
        (rule("name", "eq", "a\x00"), ("rules", 0, "value")),
        (rule("name", "eq", "\ud83d"), ("rules", 0, "value")),
        (rule("name", "eq"), ("rules", 0, "value")),
        (rule("name", "isEmpty", True), ("rules", 0, "value")),
        (rule("amount", "eq", "many"), ("rules", 0, "value")),
        (rule("amount", "eq", True), ("rules", 0, "value")),
        (rule("amount", "eq", "NaN"), ("rules", 0, "value")),
        (rule("amount", "eq", "1e999"), ("rules", 0, "value")),
        (rule("amount", "between", [1]), ("rules", 0, "value")),
        (rule("amount", "between", [1, "b"]), ("rules", 0, "value", 1)),
        (rule("price", "lt", {"amount": "1"}), ("rules", 0, "value")),
        (rule("price", "lt", {"amount": "1", "currency": "Yuan"}), ("rules", 0, "value")),
        (rule("status", "eq", "lost"), ("rules", 0, "value")),
        (rule("owner_id", "eq", "me"), ("rules", 0, "value")),
        (rule("owner_id", "eq", {"bound": "you"}), ("rules", 0, "value")),
        (rule("seen_at", "lt", "2026-03-01"), ("rules", 0, "value")),
        (rule("seen_at", "lt", {"relative": "yesterday"}), ("rules", 0, "value", "relative")),
        (rule("seen_at", "lt", {"relative": "now", "offset": {"eons": 1}}), ("rules", 0, "value", "offset")),
        (
            rule("seen_at", "lt", {"relative": "now", "offset": {"days": 10**9}}),
            ("rules", 0, "value", "offset", "days"),
        ),
        (rule("seen_at", "lt", {"relative": "now", "zone": "../x"}), ("rules", 0, "value", "zone")),
        ({"combinator": "xor", "rules": []}, ("combinator",)),
        ({"rules": "all"}, ("rules",)),
        ({"rules": ["all"]}, ("rules", 0)),
        ({"rules": [], "not": "no"}, ("not",)),
        ({"rules": [], "nott": True}, ("nott",)),
        ({"version": 9, "rules": []}, ("version",)),
        ({}, ("rules",)),
        ("all", ()),
    ],
)
def test_what_is_wrong_is_named_by_its_path(json: Any, path: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        parse(json, fields=FIELDS, path=("where",))
    assert refused.value.path == ("where", *path)


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(Invalid, match="contains does not compare amount, a number; use eq, ne"):
        parse(rule("amount", "contains", "1"), fields=FIELDS)
    with pytest.raises(Invalid, match="status is compared with one of open, won, not 'lost'"):
        parse(rule("status", "eq", "lost"), fields=FIELDS)


def test_a_condition_that_nests_too_deep_or_has_too_many_rules_is_refused() -> None:
    deep: dict[str, Any] = {"rules": []}
    for _ in range(20):
        deep = {"rules": [deep]}
    with pytest.raises(Invalid, match="nests at most"):
        parse(deep, fields=FIELDS)
    with pytest.raises(Invalid, match="at most 100 rules"):
        parse({"rules": rule("name", "isEmpty")["rules"] * 101}, fields=FIELDS)


def test_the_stored_form_is_canonical_and_says_the_same() -> None:
    written = {
        "combinator": "or",
        "rules": [
            rule("amount", "gte", 12.5),
            {"field": "status", "operator": "in", "value": ["OPEN", "CLOSED_WON"]},
            {"field": "ownerId", "operator": "eq", "value": {"bound": "me"}},
            {"field": "seenAt", "operator": "lt", "value": {"relative": "today", "offset": {"days": -7}}},
            {"field": "seen_at", "operator": "lt", "value": "2026-03-01T08:00:00+08:00"},
            {"field": "price", "operator": "gt", "value": {"amount": 1, "currency": "CNY"}},
            {"field": "name", "operator": "isEmpty"},
        ],
        "not": True,
    }
    tree = parse(written, fields=FIELDS)
    stored = to_json(tree)
    assert parse(stored, fields=FIELDS) == tree
    assert to_json(parse(stored, fields=FIELDS)) == stored
    assert stored["version"] == 2
    assert [rule.get("value") for rule in stored["rules"]] == [
        None,
        ["open", "won"],
        {"bound": "me"},
        {"relative": "today", "offset": {"days": -7}},
        "2026-03-01T00:00:00+00:00",
        {"amount": "1", "currency": "CNY"},
        None,
    ]
    assert [rule.field for rule in rules(tree)][:3] == ["amount", "status", "owner_id"]


def test_what_was_stored_as_version_1_is_read() -> None:
    stored = {
        "version": 1,
        "combinator": "and",
        "rules": [
            {"field": "name", "operator": "eq", "value": "a"},
            {"field": "tags", "operator": "isEmpty", "value": None},
        ],
    }
    tree = Group("and", (Rule("name", "eq", "a"), Rule("tags", "isEmpty")))
    assert parse(stored, fields=FIELDS) == tree
    assert parse(stored, fields=("name", "tags")) == tree


SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
EVENING = datetime(2026, 3, 31, 20, 30, tzinfo=UTC)  # in Shanghai it is the first of April


@pytest.mark.parametrize(
    ("relative", "zone", "meant"),
    [
        (Relative("now"), UTC, EVENING),
        (Relative("today"), UTC, datetime(2026, 3, 31, tzinfo=UTC)),
        (Relative("today"), SHANGHAI, datetime(2026, 3, 31, 16, tzinfo=UTC)),
        (Relative("today", day=True), SHANGHAI, date(2026, 4, 1)),
        (Relative("today", (("days", -7),), day=True), SHANGHAI, date(2026, 3, 25)),
        (Relative("today", zone="Asia/Shanghai", day=True), UTC, date(2026, 4, 1)),
        (Relative("startOfWeek", day=True), SHANGHAI, date(2026, 3, 30)),
        (Relative("startOfMonth", day=True), UTC, date(2026, 3, 1)),
        (Relative("startOfQuarter", day=True), UTC, date(2026, 1, 1)),
        (Relative("startOfQuarter", day=True), SHANGHAI, date(2026, 4, 1)),
        (Relative("startOfYear", (("years", -1),), day=True), UTC, date(2025, 1, 1)),
        (Relative("now", (("months", -1),), day=True), UTC, date(2026, 2, 28)),
        # the night the clocks went forward in New York had 23 hours
        (Relative("today", (("days", -23),)), NEW_YORK, datetime(2026, 3, 8, 5, tzinfo=UTC)),
        (Relative("today", (("days", -22),)), NEW_YORK, datetime(2026, 3, 9, 4, tzinfo=UTC)),
        (
            Relative("today", (("days", -23), ("hours", 24))),
            NEW_YORK,
            datetime(2026, 3, 9, 5, tzinfo=UTC),
        ),
    ],
)
def test_a_relative_date_is_counted_from_now(relative: Relative, zone: Any, meant: Any) -> None:
    assert relative.at(EVENING, zone) == meant


def test_relative_dates_are_what_they_are_when_evaluated() -> None:
    moment = [EVENING]
    environment = Environment(clock=lambda: moment[0])
    tree = parse(rule("seenAt", "gte", {"relative": "now", "offset": {"hours": -1}}), fields=FIELDS)
    recent = compiled(tree, FIELDS, environment)
    seen = {"seen_at": EVENING}
    assert recent(seen)
    moment[0] = datetime(2026, 4, 2, tzinfo=UTC)
    assert not recent(seen)


def test_me_is_whoever_is_asking_and_nothing_for_nobody() -> None:
    ada = UUID(int=1)
    mine = parse(rule("ownerId", "eq", {"bound": "me"}), fields=FIELDS)
    others = parse(rule("ownerId", "ne", {"bound": "me"}), fields=FIELDS)
    as_ada = Environment(bound={"me": ada})
    assert compiled(mine, FIELDS, as_ada)({"owner_id": ada})
    assert not compiled(others, FIELDS, as_ada)({"owner_id": ada})
    assert not compiled(mine, FIELDS)({"owner_id": None})
    assert compiled(others, FIELDS)({"owner_id": ada})


@pytest.mark.parametrize(
    ("operator", "value", "before", "now", "met"),
    [
        ("changed", None, "open", "won", True),
        ("changed", None, "won", "won", False),
        ("changed", None, None, "won", True),
        ("changed", None, "won", None, True),
        ("changedTo", "won", "open", "won", True),
        ("changedTo", "won", "won", "won", False),
        ("changedTo", "won", "won", "open", False),
        ("changedFrom", "won", "won", None, True),
        ("changedFrom", "won", None, "won", False),
    ],
)
def test_what_changed_is_seen_beside_the_state_before(
    operator: str, value: Any, before: Any, now: Any, met: bool
) -> None:
    tree = parse(rule("status", operator, value), fields=FIELDS, changes=True)
    assert compiled(tree, FIELDS)({"status": now}, {"status": before}) is met


def test_rows_know_nothing_of_changes() -> None:
    tree = parse(rule("status", "changedTo", "won"), fields=FIELDS, changes=True)
    with pytest.raises(Invalid, match="a row knows its present state"):
        sql.where(tree, COLUMNS)
    with pytest.raises(Invalid, match="no field"):
        sql.where(Rule("unknown", "eq", 1), COLUMNS)


def test_records_of_json_are_read_before_they_are_compared() -> None:
    fields = {
        "amount": Field(kinds.NUMBER, json=True),
        "customer.since": Field(kinds.DATE, json=True),
        "price": Field(kinds.MONEY, json=True),
        "tags": Field(kinds.TEXTS, json=True),
    }
    json = {
        "rules": [
            {"field": "amount", "operator": "eq", "value": "0.1"},
            {"field": "customer.since", "operator": "lt", "value": "2026-02-01"},
            {"field": "price", "operator": "gte", "value": {"amount": 5, "currency": "CNY"}},
            {"field": "tags", "operator": "containsAll", "value": ["重点"]},
        ]
    }
    event: dict[str, Any] = {
        "amount": 0.1,
        "customer": {"since": "2026-01-31"},
        "price": {"amount": "5.00", "currency": "CNY"},
        "tags": ["vip", "重点"],
    }
    meets = compiled(parse(json, fields=fields), fields)
    assert meets(event)
    assert not meets({**event, "customer": None})
    assert not meets({**event, "amount": "a lot"})
    assert not meets({**event, "price": {"amount": "5.00", "currency": "USD"}})


def test_a_tree_holds_typed_values() -> None:
    tree = parse(
        {"rules": [rule("amount", "eq", "1.50"), rule("price", "eq", {"amount": "2", "currency": "CNY"})]},
        fields=FIELDS,
    )
    assert [rule.value for rule in rules(tree)] == [Decimal("1.50"), Money(Decimal(2), "CNY")]
