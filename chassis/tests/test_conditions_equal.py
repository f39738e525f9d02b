"""Conditions select the same records in PostgreSQL and in Python: every operator, type and absence."""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import cycle
from typing import Any
from unicodedata import category
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Date, DateTime, Integer, MetaData, Numeric, String, Table, Uuid, func, select
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Enum as SqlEnum
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB

from chassis.conditions import kinds, python, sql
from chassis.conditions.fields import Field, MoneyColumns, field, of_column, related
from chassis.conditions.kinds import CHANGES, OF_SEVERAL, WITHOUT_VALUE
from chassis.conditions.text import fold
from chassis.conditions.tree import parse
from chassis.conditions.values import Environment
from chassis.database import Database
from chassis.money import Money
from deploy.local.postgres import Postgres


class Status(StrEnum):
    OPEN = "open"
    WON = "won"


ME, TEAM, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
ENVIRONMENT = Environment(
    clock=lambda: datetime(2026, 3, 31, 20, 30, tzinfo=UTC),
    zone=ZoneInfo("Asia/Shanghai"),
    bound={"me": ME},  # and no team
)

METADATA = MetaData()
FIRM = Table(
    "firm",
    METADATA,
    SqlColumn("id", Uuid, primary_key=True),
    SqlColumn("name", String),
    SqlColumn("industry", String(200)),
    SqlColumn("size", Integer),
)
THING = Table(
    "thing",
    METADATA,
    SqlColumn("id", Integer, primary_key=True),
    SqlColumn("name", String),
    SqlColumn("currency", CHAR(3)),
    SqlColumn("industry", String(200)),
    SqlColumn("amount", Numeric(19, 4)),
    SqlColumn("size", Integer),
    SqlColumn("day", Date),
    SqlColumn("at", DateTime(timezone=True)),
    SqlColumn("active", Boolean),
    SqlColumn("status", SqlEnum(Status, native_enum=False, length=32, values_callable=lambda all: list(all))),
    SqlColumn("owner_id", Uuid),
    SqlColumn("tags", ARRAY(String)),
    SqlColumn("watchers", ARRAY(Uuid)),
    SqlColumn("price_amount", Numeric(19, 4)),
    SqlColumn("price_currency", CHAR(3)),
    SqlColumn("firm_id", Uuid),
    SqlColumn("custom", JSONB),
)
_CUSTOM = THING.c.custom
FIELDS: dict[str, Any] = {
    **{column.key: column for column in THING.c if column.key not in ("id", "custom")},
    "price": Field(kinds.MONEY, MoneyColumns(THING.c.price_amount, THING.c.price_currency)),
    **related("firm", THING.c.firm_id, FIRM.c.id, {c.key: c for c in FIRM.c if c.key != "id"}),
    "custom.note": Field(kinds.TEXT, _CUSTOM["note"].astext, json=True),
    "custom.weight": Field(kinds.NUMBER, sql_cast(_CUSTOM["weight"].astext, Numeric), json=True),
    "custom.due": Field(kinds.DATE, sql_cast(_CUSTOM["due"].astext, Date), json=True),
}

TEXTS = ["", "Acme", "acme corp", "上海示例 Co", "50%_off/", "İstanbul ΣΑΣ", "制造业"]
PATHS = ["制造业", "制造业-汽车零配件", "制造业汽车", "零售-线上", "%-_"]
NUMBERS: list[Any] = [0, "1.5", -3, "12.3456", 3]
DAYS = ["2026-01-01", "2026-04-01", "2026-03-31", "2026-02-28"]
INSTANTS = ["2026-03-31T20:30:00+00:00", "2026-04-01T00:00:00+08:00", "2025-12-31T23:59:59.5+00:00"]
IDS = [str(ME), str(TEAM), str(OTHER)]
TAGS = ["vip", "重点", "a,b", ""]
MONEYS = [{"amount": "10", "currency": "CNY"}, {"amount": "9.5", "currency": "USD"}]
RELATIVE = [
    {"relative": "today"},
    {"relative": "now", "offset": {"hours": -1}},
    {"relative": "startOfMonth", "offset": {"months": -1, "days": -1}},
    {"relative": "startOfYear", "zone": "America/New_York"},
    {"relative": "startOfQuarter"},
    {"relative": "startOfWeek", "offset": {"weeks": 1}},
]

VALUES: dict[str, list[Any]] = {
    "text": [*TEXTS, *PATHS, "A", "%", "_", "CO", "σας", "i̇", "业"],
    "number": [*NUMBERS, "0.5", 4_000_000_000, "1e10"],
    "money": [*MONEYS, {"amount": "9.50", "currency": "CNY"}],
    "day": [*DAYS, *RELATIVE],
    "instant": [*INSTANTS, *RELATIVE],
    "boolean": [True, False],
    "choice": ["open", "WON", "won"],
    "id": [*IDS, {"bound": "me"}, {"bound": "myTeam"}],
    "list of texts": [*TAGS, "none"],
    "list of ids": [*IDS, {"bound": "me"}, {"bound": "myTeam"}],
}


def _records(count: int) -> list[dict[str, Any]]:
    """Rows whose columns go through their values, and absence, at different paces."""
    firms: list[Any] = [None, *FIRMS, UUID(int=99)]
    lists: list[Any] = [None, [], ["vip"], ["vip", "重点"], ["a,b", ""]]
    columns: dict[str, list[Any]] = {
        "name": [None, *TEXTS],
        "currency": ["CNY", "USD", None],
        "industry": [*PATHS, None],
        "amount": [None, *(Decimal(one) for one in NUMBERS)],
        "size": [0, 3, -3, None, 7, 2**31 - 1, 12],
        "day": [None, *map(date.fromisoformat, DAYS)],
        "at": [None, *map(datetime.fromisoformat, INSTANTS)],
        "active": [None, True, False],
        "status": [None, *Status, *Status],
        "owner_id": [ME, None, TEAM, OTHER],
        "tags": lists,
        "watchers": [None, [], [ME], [ME, TEAM], [TEAM], [OTHER], [OTHER, TEAM]],
        "price_amount": [None, Decimal(10), Decimal("9.5"), Decimal(11), None, Decimal(-1), Decimal("9.5")],
        "price_currency": ["CNY", "USD", None],
        "firm_id": firms,
        "custom": [
            {}, {"note": "Acme", "weight": "1.5"}, {"note": "", "weight": 0, "due": "2026-03-31"},
            {"due": "2026-04-01"}, {"note": None, "weight": 12.3456}, {"weight": -3},
            {"note": "制造业-汽车零配件"},
        ],
    }  # fmt: skip
    endless = {name: cycle(values * pace) for pace, (name, values) in enumerate(columns.items(), 1)}
    rows = [{name: next(values) for name, values in endless.items()} for _ in range(count)]
    # the same length of cycles would walk in step: shift each column's start
    return [
        {name: rows[(number * pace) % count][name] for pace, name in zip(PACES, endless, strict=True)}
        for number in range(count)
    ]


PACES = (1, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 43, 47, 53)
FIRMS: dict[UUID, dict[str, Any]] = {
    UUID(int=10): {"name": "Acme", "industry": "制造业-汽车零配件", "size": 3},
    UUID(int=11): {"name": None, "industry": "制造业", "size": None},
}
RECORDS = _records(211)


def _in_memory(row: dict[str, Any]) -> dict[str, Any]:
    priced = row["price_amount"] is not None and row["price_currency"] is not None
    return {
        **row,
        "price": Money(row["price_amount"], row["price_currency"]) if priced else None,
        "firm": FIRMS.get(row["firm_id"]),
    }


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(FIELDS)))
    known = field(FIELDS, name)
    assert known is not None
    operator = draw(st.sampled_from([one for one in known.kind.operators if one not in CHANGES]))
    written = {"field": name, "operator": operator}
    if operator in WITHOUT_VALUE:
        return written
    values = st.sampled_from(VALUES[known.kind.name])
    if operator == "between":
        return {**written, "value": [draw(values), draw(values)]}
    several = st.lists(values, max_size=3)
    return {**written, "value": draw(several if operator in OF_SEVERAL else values)}


groups = st.recursive(
    rules(),
    lambda inner: st.fixed_dictionaries(
        {
            "combinator": st.sampled_from(["and", "or"]),
            "rules": st.lists(inner, max_size=3),
            "not": st.booleans(),
        }
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
async def things(postgres: Postgres) -> AsyncIterator[Database]:
    database = Database(await postgres.create_database("test_conditions_equal"))
    async with database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        await connection.execute(FIRM.insert(), [{"id": id, **firm} for id, firm in FIRMS.items()])
        await connection.execute(THING.insert(), [{"id": n, **row} for n, row in enumerate(RECORDS)])
    yield database
    await database.close()


async def test_sql_and_python_select_the_same_records(things: Database) -> None:
    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(condition=groups)
    def collect(condition: dict[str, Any]) -> None:
        cases.append(condition)

    cases: list[dict[str, Any]] = []
    collect()
    for condition in cases:
        await _check_equal(things, condition)


@pytest.mark.parametrize("name", sorted(FIELDS))
async def test_every_operator_of_a_type_selects_the_same_with_every_value(
    things: Database, name: str
) -> None:
    known = field(FIELDS, name)
    assert known is not None
    values = VALUES[known.kind.name]
    for operator in known.kind.operators:
        if operator in CHANGES:
            continue
        given: list[Any] = [None] if operator in WITHOUT_VALUE else list(values)
        if operator in OF_SEVERAL:
            given = [values[:2], values[1:], []]
        elif operator == "between":
            given = [[low, high] for low, high in zip(values, [*values[1:], values[0]], strict=True)]
        for value in given:
            await _check_equal(things, {"field": name, "operator": operator, "value": value})


async def test_in_a_list_stand_oneself_and_ones_team_and_no_team_is_nobody(things: Database) -> None:
    belonging = replace(ENVIRONMENT, bound={"me": ME, "myTeam": TEAM})
    mine, team = {"bound": "me"}, {"bound": "myTeam"}

    async def chosen(operator: str, *values: Any, by: Environment = belonging) -> set[Any]:
        condition = {"field": "owner_id", "operator": operator, "value": list(values)}
        return {RECORDS[n]["owner_id"] for n in await _check_equal(things, condition, by)}

    assert await chosen("in", mine, team) == {ME, TEAM}
    assert await chosen("notIn", mine, team) == {OTHER, None}
    assert await chosen("in", team, by=ENVIRONMENT) == set()
    assert await chosen("in", team, str(OTHER), by=ENVIRONMENT) == {OTHER}
    assert await chosen("notIn", team, by=ENVIRONMENT) == {ME, TEAM, OTHER, None}
    for operator in ("containsAny", "containsAll", "containsNone"):
        for values in ([team], [mine, team]):
            await _check_equal(
                things, {"field": "watchers", "operator": operator, "value": values}, belonging
            )


async def _check_equal(
    things: Database, condition: dict[str, Any], environment: Environment = ENVIRONMENT
) -> list[int]:
    tree = parse({"rules": [condition]}, fields=FIELDS)
    meets = python.compiled(tree, FIELDS, environment)
    chosen = select(THING.c.id).where(sql.where(tree, FIELDS, environment)).order_by(THING.c.id)
    found = [row.id for row in await things.read(chosen)]
    assert found == [n for n, row in enumerate(RECORDS) if meets(_in_memory(row))], condition
    return found


async def test_lower_case_is_the_same_for_every_character(things: Database) -> None:
    # Python may know an older Unicode than the server: what it has no name for yet it leaves as it is
    characters = [one for one in map(chr, range(1, sys.maxunicode + 1)) if category(one) not in ("Cn", "Cs")]
    text = "".join(characters)
    [row] = await things.read(select(func.lower(text).label("lower")))
    differ = [one for one, lower in zip(characters, row.lower, strict=True) if fold(one) != lower]
    assert differ == []


def test_a_field_takes_the_kind_of_its_column() -> None:
    found = {name: known.kind.name for name in FIELDS if (known := field(FIELDS, name))}
    assert [found[name] for name in ("owner_id", "tags", "status")] == ["id", "list of texts", "choice"]
    assert of_column(_CUSTOM) is None  # JSON as a whole is nothing to compare
    assert of_column(SqlColumn("hash", String, info={"secret": True})) is None


def test_every_kind_is_compared_with_values_and_with_none() -> None:
    assert {known.kind.name for name in FIELDS if (known := field(FIELDS, name))} == set(VALUES)
    for name in RECORDS[0].keys() - {"custom"}:
        found = [row[name] for row in RECORDS]
        assert None in found, name
        assert any(value is not None for value in found), name
