"""Two worlds that differ only in what is kept from a reader give that reader the same bytes.

What takes time is the same too: the same statements are run, and each finds as many rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from chassis.access import Principal
from chassis.database import Database
from chassis.searching.filling import fill
from chassis.testing import Graph
from sales.consumers import HANDLERS
from services.sales.tests.steps import money, opportunity
from tests.access.people import Company, grant

UNHURRIED = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

COMPARED = st.one_of(
    st.builds(lambda n: {"name": {"contains": n}}, st.sampled_from(["a", "7", "zz"])),
    st.builds(
        lambda n, o: {"amount": {o: str(n)}}, st.integers(0, 900), st.sampled_from(["gt", "lte", "eq"])
    ),
    st.builds(lambda e: {"amount": {"isEmpty": e}}, st.booleans()),
    st.builds(lambda s: {"status": {"eq": s}}, st.sampled_from(["OPEN", "WON"])),
)
FILTERS = st.none() | st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"or": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=4,
)
SORTS = st.none() | st.fixed_dictionaries(
    {
        "by": st.sampled_from(["NAME", "AMOUNT", "CREATED_AT", "CLOSE_AMOUNT"]),
        "direction": st.sampled_from(["ASC", "DESC"]),
    }
)
WHERE = st.none() | st.sampled_from(
    [
        {"rules": [{"field": "amount", "operator": "gt", "value": "300"}]},
        {"rules": [{"field": "currency", "operator": "eq", "value": "CNY"}]},
        {"rules": [{"field": "name", "operator": "contains", "value": "a"}]},
        {"rules": [{"field": "custom.secret", "operator": "gt", "value": 300}]},
        {"rules": [{"field": "custom.secret", "operator": "isEmpty"}]},
    ]
)
FIELDS = st.lists(
    st.sampled_from(
        [
            "id",
            "name",
            "status",
            "version",
            "amount { amount currency }",
            "closeValue { amount }",
            "customFields { key value display }",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
SEARCH = st.none() | st.sampled_from(["a", "c7", "密", "秘密", "7", "mimi", "b 秘"])
WORLD = st.lists(st.none() | st.integers(0, 900), min_size=5, max_size=5)
ASKED = st.fixed_dictionaries(
    {
        "filter": FILTERS,
        "sort": SORTS,
        "sortBy": st.none() | st.sampled_from([{"field": "custom.secret"}, {"field": "name"}]),
        "where": WHERE,
        "search": SEARCH,
        "first": st.integers(0, 4),
        "after": st.booleans(),
    }
)
NOTHING = dict.fromkeys(("filter", "sort", "sortBy", "where", "search")) | {"first": 4, "after": False}
QUERY = """query(
  $filter: OpportunityFilter, $where: Condition, $sort: OpportunityOrder, $sortBy: FieldOrder
  $search: String, $first: Int, $after: String
) {
  opportunities(
    filter: $filter, where: $where, search: $search, sort: $sort, sortBy: $sortBy
    first: $first, after: $after
  ) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { %s } } } }"""


DEFINE = "mutation($i: DefineFieldInput!) { defineOpportunityField(input: $i) { field { key } } }"


@pytest.fixture
async def blind(graph: Graph, database: Database) -> Principal:
    """Somebody from whom the amounts of five deals are kept, and a field of the company's own."""
    for key, type in (("secret", "integer"), ("code", "text")):
        field = {"key": key, "type": type, "labelZh": "秘密", "labelEn": "Secret"}
        assert not (await graph(DEFINE, {"i": field})).errors
    company = Company(database, "sales", HANDLERS)
    await company.role("blind", grant("opportunity", "read", hide=["amount", "custom.secret", "custom.code"]))
    for name in ("a", "b", "ab", "c7", "d"):
        await opportunity(graph, name=name, amount=money("100"), customerId=str(uuid4()))
    return await company.person("blind")


@pytest.mark.feature("F108", "N8")
@UNHURRIED
@given(
    asked=ASKED,
    fields=FIELDS,
    worlds=st.lists(
        st.lists(st.none() | st.integers(0, 900), min_size=5, max_size=5), min_size=2, max_size=2
    ),
)
@example(asked={**NOTHING, "search": "秘密"}, fields=["id"], worlds=[[None] * 5, [7] * 5])
async def test_no_query_tells_two_worlds_apart(
    graph: Graph, database: Database, blind: Principal, asked: dict[str, Any], fields: list[str], worlds: Any
) -> None:
    answers, work = [], []
    for world in worlds:
        await _become(database, world)
        with _noted(database) as done:
            answers.append(await _all(graph, blind, asked, fields))
        work.append(done)

    assert answers[0] == answers[1]
    assert work[0] == work[1]


@contextmanager
def _noted(database: Database) -> Iterator[list[tuple[str, int, list[int]]]]:
    """Collect the statements on deals that are run inside, with the number of rows that each finds.

    Of several that are read as one it is the number of records that each of them finds.
    """
    found: list[tuple[str, int, list[int]]] = []
    fetch: Any = database.reader.fetch

    async def noted(connection: Any, sql: str, *given: Any) -> Any:
        rows = await fetch(connection, sql, *given)
        if "FROM opportunity" in sql:  # others belong to no request: a look at who may do what
            records = [len(cell) for row in rows for cell in row if isinstance(cell, list)]
            found.append((sql, len(rows), records))
        return rows

    database.reader.fetch = noted  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        database.reader.fetch = fetch  # type: ignore[method-assign]


async def _become(database: Database, amounts: list[int | None]) -> None:
    """Give the deals these amounts in both fields, and leave no other trace of it."""
    async with database.engine.begin() as connection:
        ids = (await connection.execute(text("SELECT id FROM opportunity ORDER BY name"))).scalars().all()
        for id, amount in zip(ids, amounts, strict=True):
            custom = {} if amount is None else {"secret": amount, "code": f"秘密 {amount}"}
            currency = None if amount is None else ("CNY", "EUR")[amount % 2]
            await connection.execute(
                text(
                    "UPDATE opportunity SET amount = :amount, currency = :currency, custom = :custom"
                    " WHERE id = :id"
                ).bindparams(bindparam("custom", type_=JSONB)),
                {"amount": amount, "currency": currency, "custom": custom, "id": id},
            )
        await connection.execute(text("DELETE FROM search_text"))
        await connection.run_sync(lambda sync: fill(sync, "opportunity", ("name",)))


async def _all(graph: Graph, reader: Principal, asked: dict[str, Any], fields: list[str]) -> bytes:
    """Ask for a page, and for the one after it."""
    query = QUERY % " ".join(fields)
    first = await graph(query, {**asked, "after": None}, by=reader)
    told = [first.data, first.errors, first.masked]
    if asked["after"] and first.data:
        after = first.data["opportunities"]["pageInfo"]["endCursor"]
        second = await graph(query, {**asked, "after": after}, by=reader)
        told += [second.data, second.errors, second.masked]
    return orjson.dumps(told)
