"""Lists are searched by words, in Chinese and in English, in what the reader may see."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import ProgrammingError

from chassis.access import ANONYMOUS, acting_as, wall
from chassis.access.rights import EVERYTHING, People, Rights
from chassis.access.roles import Grant
from chassis.database import Database
from chassis.listing import Page, Query
from chassis.searching.filling import fill
from chassis.searching.language import found_by
from chassis.searching.models import SearchText
from chassis.testing import Graph, statements
from sales.consumers import HANDLERS
from sales.leads.commands import change_lead
from sales.leads.queries import LEADS
from services.sales.tests.steps import do
from services.sales.tests.test_lead_fields import custom, define
from services.sales.tests.test_leads import lead
from tests.access.people import Company, grant

LIST = """query($search: String, $filter: LeadFilter, $sort: LeadOrder, $first: Int, $after: String) {
  leads(search: $search, filter: $filter, sort: $sort, first: $first, after: $after) {
    totalCount nodes { company } pageInfo { endCursor } } }"""
_MANY = (
    text(
        "INSERT INTO lead (id, company, status, version, created_at, updated_at)"
        " SELECT gen_random_uuid(), n, 'new', 1, now() - n * interval '1 hour', now()"
        " FROM generate_series(1, 5000) AS n"
    ),
    text(
        "INSERT INTO search_text SELECT id, 'company', 'lead',"
        " CASE WHEN company::int % 1000 = 7 THEN :rare ELSE :common END || company || E'\\n' FROM lead"
    ).bindparams(common=found_by("上海公司 Ltd"), rare=found_by("重庆公司 13800")),
    text("ANALYZE lead"),
    text("SELECT gin_clean_pending_list('ix_search_text_text')"),
    text("ANALYZE search_text"),
)
BY_NAME = {"by": "COMPANY", "direction": "ASC"}


async def found(graph: Graph, search: str, by: Any = None, **given: Any) -> list[str]:
    answer = await graph(LIST, {"search": search, "sort": BY_NAME, **given}, by=by)
    assert not answer.errors, answer.errors
    return [node["company"] for node in answer.data["leads"]["nodes"]]


@pytest.mark.feature("F78")
@pytest.mark.parametrize(
    "search",
    [
        "重庆", "示例科技", "例", "科技 重庆", "chongqing", "ChongQing keji", "cq", "cqslkj", "slkj",
        "李雷", "li", "lilei", "ll", "lei 重庆",
        "ＬＩ.ＬＥＩ", "@example.com", "li.lei@example.com",
        "13800138000", "+86 138-0013-8000", "138-0013", "8000 chongqing",
    ],
)  # fmt: skip
async def test_a_lead_is_found_by_words_of_its_name_its_person_and_their_numbers(
    graph: Graph, search: str
) -> None:
    await lead(
        graph, company="重庆示例科技", contactName="李雷", email="li.lei@example.com", phone="+8613800138000"
    )
    await lead(graph, company="Bolt", contactName="Ada", email="ada@bolt.org", phone="+442079460000")

    assert await found(graph, search) == ["重庆示例科技"]


async def test_every_word_must_be_found_and_two_letters_where_a_word_begins(graph: Graph) -> None:
    await lead(graph, company="Blue Bolt GmbH", contactName="Éva Żak")

    assert await found(graph, "bolt éva GMBH") == ["Blue Bolt GmbH"]
    assert await found(graph, "olt żak") == ["Blue Bolt GmbH"]
    assert await found(graph, "gm") == ["Blue Bolt GmbH"]
    assert await found(graph, "mb") == []
    assert await found(graph, "bolt ada") == []
    assert await found(graph, "100%_") == []


@pytest.mark.parametrize(
    ("search", "code", "message"),
    [
        ("", "INVALID", "A search needs a word; leave `search` out to see the whole list"),
        (" ，。 ", "INVALID", "A search needs a word; leave `search` out to see the whole list"),
        ("a b c d e f", "LIMIT", "A search has at most 5 words, not 6"),
        ("a" * 101, "LIMIT", "A search has at most 100 characters, not 101"),
    ],
)
async def test_a_search_without_a_word_and_too_long_a_one_are_refused(
    graph: Graph, search: str, code: str, message: str
) -> None:
    answer = await graph(LIST, {"search": search})
    assert answer.errors[0]["message"] == message
    assert answer.errors[0]["extensions"]["code"] == code
    assert answer.errors[0]["extensions"]["inputPath"] == ["search"]


async def test_a_search_is_filtered_sorted_paged_and_counted_by_one_statement_each(
    graph: Graph, database: Database
) -> None:
    for number in range(5):
        await lead(graph, company=f"示例 {number}", region="East" if number else "West")
    asked = {"first": 2, "filter": {"region": {"eq": "East"}}}
    with statements(database) as run:
        first = await graph(LIST, {"search": "shili", "sort": BY_NAME, **asked})
    page = first.data["leads"]

    assert page["totalCount"] == 4
    assert [node["company"] for node in page["nodes"]] == ["示例 1", "示例 2"]
    assert len([each for each in run if "FROM lead" in each]) == 2
    assert await found(graph, "shili", after=page["pageInfo"]["endCursor"], **asked) == ["示例 3", "示例 4"]


@pytest.mark.feature("F78")
async def test_a_field_of_text_is_searched_as_soon_as_it_is_one_also_in_what_was_there(graph: Graph) -> None:
    await define(graph, "note")
    await define(graph, "place", "address")
    await define(graph, "kind", "single_select", settings={"options": ["abcdef"]})
    await do(
        graph,
        "createLead",
        {"company": "One", "custom": custom(note="Übergabe", place={"city": "上海市"}, kind="abcdef")},
        "lead { id }",
    )
    await lead(graph, company="Two")
    assert await found(graph, "übergabe") == ["One"]
    assert await found(graph, "shanghai one") == ["One"]
    assert await found(graph, "abcdef") == []  # a choice is filtered by

    await define(graph, "size", "integer")
    await lead(graph, company="Three", custom=custom(size=4711))
    assert await found(graph, "4711") == []
    await do(graph, "changeLeadField", {"key": "size", "type": "text"}, "field { type }")
    assert await found(graph, "4711") == ["Three"]

    await define(graph, "team", default="Nordlicht")
    assert await found(graph, "nordlicht one") == ["One"]  # as it is shown


async def test_what_a_lead_is_found_by_follows_what_is_written(graph: Graph, database: Database) -> None:
    await define(graph, "note")
    id = await lead(graph, company="Old", contactName="Ada", custom=custom(note="first"))
    async with database.transaction() as session:
        await change_lead(session, UUID(id), changes={"company": "New", "contact_name": None})
    await do(graph, "setLeadCustomFields", {"id": id, "custom": custom(note=None)}, "lead { id }")

    assert await found(graph, "old") == await found(graph, "ada") == await found(graph, "first") == []
    assert await found(graph, "new") == ["New"]


@pytest.mark.feature("F108")
async def test_nobody_is_told_by_a_search_what_is_kept_from_them(graph: Graph, database: Database) -> None:
    await define(graph, "secret")
    await define(graph, "open")
    await lead(graph, company="Acme", email="ada@hidden.org", custom=custom(secret="treasure", open="common"))
    company = Company(database, "sales", HANDLERS)
    await company.role("blind", grant("lead", "read", hide=["email", "custom.secret"]))
    await company.role("own", grant("lead", "read", ["own"]))
    blind, elsewhere = await company.person("blind"), await company.person("own")

    assert await found(graph, "hidden treasure") == ["Acme"]
    assert await found(graph, "hidden", by=blind) == await found(graph, "treasure", by=blind) == []
    assert await found(graph, "acme common", by=blind) == ["Acme"]
    assert await found(graph, "acme", by=elsewhere) == []


async def test_rows_that_were_there_before_are_filled_in(graph: Graph, database: Database) -> None:
    await define(graph, "note")
    await lead(graph, company="重庆公司", phone="+8613800138000", custom=custom(note="gift"))
    async with database.engine.begin() as connection:
        await connection.execute(delete(SearchText))
        await connection.run_sync(lambda sync: fill(sync, "lead", ("company", "phone")))

    assert await found(graph, "chongqing 0138 gift") == ["重庆公司"]


SOMEBODY = Rights(
    [Grant(frozenset(("lead",)), frozenset(("read",)), frozenset(("own",)))],
    People(*(frozenset((uuid4(),)),) * 4),
)


@pytest.mark.parametrize("rights", [None, SOMEBODY], ids=["everything", "behind the wall"])
@pytest.mark.parametrize("search", ["重庆", "重", "cq", "chongqing", "138 00", "ltd chongqing"])
async def test_words_of_any_length_are_found_by_the_index(
    database: Database, search: str, rights: Rights | None
) -> None:
    with acting_as(replace(ANONYMOUS, rights=rights)):
        query = Query(LEADS, Page(search=search), allowed=EVERYTHING)._rows()
    asked = str(query.compile(database.engine.sync_engine, compile_kwargs={"literal_binds": True}))
    async with database.engine.begin() as connection:
        for statement in _MANY:
            await connection.execute(statement)
        if rights:
            await connection.execute(text("UPDATE lead SET owner_id = :me"), {"me": min(rights.grantees)})
            await connection.execute(wall.local(rights, query))
        plan = "\n".join((await connection.exec_driver_sql(f"EXPLAIN ANALYZE {asked}")).scalars())
        await connection.rollback()

    assert "Bitmap Index Scan on ix_search_text_text" in plan, plan
    assert "Seq Scan on search_text" not in plan, plan


@pytest.mark.feature("F108")
async def test_behind_the_wall_words_are_found_in_what_one_sees_and_no_text_is_read(
    graph: Graph, database: Database
) -> None:
    company = Company(database, "sales", HANDLERS)
    await company.role("seller", grant("lead", "read create", ["own"]))
    ann, ben = await company.person("seller"), await company.person("seller")
    for name in ("重庆 One", "重庆 Two", "Shanghai One"):
        for of in (ann, ben):
            await do(graph, "createLead", {"company": name, "ownerId": str(of.id)}, "lead { id }", by=of)

    searches = {"chongqing": 2, "one": 2, "chongqing one": 1, "nowhere": 0, "shanghai two": 0}
    asked = [(search, by) for search in searches for by in (ann, ben)] * 3
    answers = await asyncio.gather(*(found(graph, search, by=by) for search, by in asked))
    assert [len(each) for each in answers] == [searches[search] for search, _ in asked]
    both = '{ a: leads(search: "one") { totalCount } b: leads(search: "shanghai") { totalCount } }'
    for _ in range(3):
        answer = await graph(both, by=ann)
        assert (answer.data["a"]["totalCount"], answer.data["b"]["totalCount"]) == (2, 1)
    async with database.engine.begin() as connection:
        await connection.execute(text(f"SET LOCAL ROLE {wall.NARROW}"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(select(SearchText.text))
