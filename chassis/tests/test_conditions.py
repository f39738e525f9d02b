"""Conditions mean the same in SQL and in Python, and what cannot be meant is named."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Date, Integer, MetaData, Numeric, String, Table, select
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.conditions import python, sql
from chassis.conditions.tree import Group, Rule, parse, to_json
from chassis.database import Database
from chassis.errors import Invalid
from deploy.local.postgres import Postgres

THING = Table(
    "thing",
    MetaData(),
    SqlColumn("id", Integer, primary_key=True),
    SqlColumn("name", String),
    SqlColumn("amount", Numeric(19, 4)),
    SqlColumn("day", Date),
    SqlColumn("tags", ARRAY(String)),
)
COLUMNS = {column.key: column for column in THING.c}

names = st.sampled_from(["", "Acme", "acme corp", "上海示例", "50%_off", None])
amounts = st.sampled_from([Decimal(0), Decimal("1.5"), Decimal(-3), None])
days = st.sampled_from([date(2026, 1, 1), date(2026, 2, 28), None])
tags = st.sampled_from([[], ["vip"], ["vip", "重点"], None])
records = st.fixed_dictionaries({"name": names, "amount": amounts, "day": days, "tags": tags})


def compared(field: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    known = values.filter(lambda value: value is not None)
    single = st.builds(Rule, st.just(field), st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]), known)
    several = st.builds(Rule, st.just(field), st.sampled_from(["in", "notIn"]), st.lists(known, max_size=3))
    presence = st.builds(Rule, st.just(field), st.sampled_from(["isEmpty", "isNotEmpty"]))
    return single | several | presence


texts = st.builds(
    Rule,
    st.just("name"),
    st.sampled_from(["contains", "startsWith"]),
    st.sampled_from(["a", "ACME", "%", "_", "海"]),
)
tagged = st.builds(Rule, st.just("tags"), st.just("contains"), st.sampled_from(["vip", "重点", "none"]))
rules = compared("name", names) | compared("amount", amounts) | compared("day", days) | texts | tagged
trees = st.recursive(
    rules,
    lambda inner: st.builds(
        Group, st.sampled_from(["and", "or"]), st.lists(inner, max_size=3).map(tuple), st.booleans()
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
async def things(postgres: Postgres) -> AsyncIterator[Database]:
    database = Database(await postgres.create_database("test_conditions"))
    async with database.engine.begin() as connection:
        await connection.run_sync(THING.metadata.create_all)
    yield database
    await database.close()


async def test_sql_and_python_select_the_same_records(things: Database) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tree=trees, found=st.lists(records, min_size=1, max_size=6))
    def collect(tree: Group | Rule, found: list[dict[str, Any]]) -> None:
        cases.append((tree, found))

    cases: list[tuple[Group | Rule, list[dict[str, Any]]]] = []
    collect()
    for tree, found in cases:
        rows = [{"id": number, **record} for number, record in enumerate(found)]
        meets = python.compiled(tree)
        async with things.engine.begin() as connection:
            await connection.execute(THING.delete())
            await connection.execute(THING.insert(), rows)
            chosen = await connection.scalars(
                select(THING.c.id).where(sql.where(tree, COLUMNS)).order_by(THING.c.id)
            )
            assert list(chosen) == [row["id"] for row in rows if meets(row)], tree


def test_a_tree_survives_its_stored_form() -> None:
    tree = Group("or", (Rule("name", "eq", "a"), Group("and", (Rule("amount", "gt", 1),), negated=True)))
    assert parse(to_json(tree), fields=COLUMNS) == tree


@pytest.mark.parametrize(
    ("json", "path"),
    [
        ({"rules": [{"field": "secret", "operator": "eq", "value": 1}]}, ("rules", 0, "field")),
        ({"rules": [{"field": "name", "operator": "like", "value": 1}]}, ("rules", 0, "operator")),
        (
            {"rules": [{"rules": [{"field": "name", "operator": "in", "value": 1}]}]},
            ("rules", 0, "rules", 0, "value"),
        ),
        ({"combinator": "xor", "rules": []}, ("combinator",)),
        ({"rules": "all"}, ("rules",)),
        ({"version": 9, "rules": []}, ()),
    ],
)
def test_what_is_wrong_is_named_by_its_path(json: dict[str, Any], path: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        parse(json, fields=COLUMNS)
    assert refused.value.path == path


def test_a_condition_that_nests_too_deep_is_refused() -> None:
    json: dict[str, Any] = {"rules": []}
    for _ in range(20):
        json = {"rules": [json]}
    with pytest.raises(Invalid, match="nests at most"):
        parse(json, fields=COLUMNS)
