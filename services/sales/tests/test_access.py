"""Who sees and changes which deals: rows by scope, fields by mask, and the wall behind both."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from chassis.access import Principal, acting_as
from chassis.access.directory import Directory
from chassis.audit.models import AuditEntry
from chassis.database import Database
from chassis.listing import Listing
from chassis.testing import Answer, Graph, outbox, statements
from sales.consumers import HANDLERS
from sales.leads.models import Lead
from sales.leads.queries import LEADS
from services.sales.tests.steps import do, money, opportunity, refused
from tests.access.people import Company, grant

pytestmark = pytest.mark.feature("F108")
MINE = ["own", "shared"]
SELLER = (
    grant("lead opportunity quote contract", "read create update convert", MINE),
    grant("lead", "assign", ["own"]),
    grant("product pipeline", "read"),
)


@pytest.fixture
async def company(database: Database) -> Company:
    company = Company(database, "sales", HANDLERS)
    await company.role("seller", *SELLER)
    await company.role("leader", grant("lead opportunity", "read update", ["subtree"]))
    await company.role("boss", grant("*", "*"))
    await company.role("everybody", grant("todo", "read", ["own"]))
    return company


async def lead(graph: Graph, of: Principal | None = None, name: str = "Acme") -> str:
    given = {"ownerId": str(of.id)} if of else {}
    return str((await do(graph, "createLead", {"company": name, **given}, "lead { id }"))["lead"]["id"])


async def seen(graph: Graph, by: Principal, filter: str = "") -> list[str]:
    """The companies of the leads that somebody sees, in three ways that must agree."""
    query = f"{{ leads(first: 100{filter}) {{ totalCount nodes {{ id company }} }} }}"
    answer = await graph(query, by=by)
    assert not answer.errors, answer.errors
    found = answer.data["leads"]
    assert found["totalCount"] == len(found["nodes"])
    for node in found["nodes"]:
        assert (await one(graph, node["id"], by)).data["lead"]["company"] == node["company"]
    return sorted(node["company"] for node in found["nodes"])


async def one(graph: Graph, id: str, by: Principal) -> Answer:
    return await graph("query($id: ID!) { lead(id: $id) { company } }", {"id": id}, by=by)


async def test_a_salesperson_sees_only_what_is_their_own(graph: Graph, company: Company) -> None:
    ann, ben = await company.person("seller"), await company.person("seller")
    await lead(graph, ann, "Ann's")
    foreign = await lead(graph, ben, "Ben's")
    await lead(graph, None, "Nobody's")

    assert await seen(graph, ann) == ["Ann's"]
    assert await seen(graph, ann, ', filter: {company: {contains: "s"}}') == ["Ann's"]
    assert (await one(graph, foreign, ann)).data == {"lead": None}
    assert (await one(graph, str(uuid4()), ann)).data == {"lead": None}
    entity = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Lead { company } } }"""
    answer = await graph(entity, {"r": [{"__typename": "Lead", "id": foreign}]}, by=ann)
    assert answer.data == {"_entities": [None]}


async def test_a_manager_sees_the_leads_of_the_teams_below(graph: Graph, company: Company) -> None:
    boss = uuid4()
    top = await company.team(manager=boss)
    below, beside = await company.team(below=top), await company.team()
    manager = await company.person("leader", id=boss)
    for name, team in (("below", below), ("top", top), ("beside", beside)):
        await lead(graph, await company.person("seller", team=team), name)

    assert await seen(graph, manager) == ["below", "top"]


async def test_a_new_owner_and_a_new_team_count_from_the_next_request_on(
    graph: Graph, company: Company
) -> None:
    team = await company.team()
    ann, ben = await company.person("seller"), await company.person("seller")
    leader = await company.person("leader", team=team)
    id = await lead(graph, ann)
    assert (await seen(graph, ben), await seen(graph, leader)) == ([], [])

    await do(graph, "assignLead", {"id": id, "ownerId": str(ben.id)}, "lead { id }", by=ann)
    assert (await seen(graph, ann), await seen(graph, ben)) == ([], ["Acme"])

    await company.person("seller", team=team, id=ben.id)
    assert await seen(graph, leader) == ["Acme"]


async def test_whoever_was_deactivated_or_signed_out_is_refused_at_once(
    graph: Graph, company: Company
) -> None:
    ann, ben = await company.person("seller"), await company.person("seller")
    assert await seen(graph, ann) == await seen(graph, ben) == []

    await company.person("seller", id=ann.id, active=False)
    await company.end_session(ben)

    for caller in (ann, ben):
        assert (await graph("{ leads { totalCount } }", by=caller)).codes == ["UNAUTHENTICATED"]


async def test_the_roles_told_by_identity_count_and_not_those_of_the_token(
    graph: Graph, company: Company
) -> None:
    ann = await company.person("seller")
    boasting = Principal("employee", ann.id, "Bo", frozenset({"boss"}), frozenset({"*:*"}), "t")
    assert (await graph("{ assignmentRules { totalCount } }", by=boasting)).codes == ["FORBIDDEN"]

    await company.role("seller", grant("assignment_rule", "read"))
    assert not (await graph("{ assignmentRules { totalCount } }", by=ann)).errors
    await company.role("seller", retired=True)
    assert (await graph("{ assignmentRules { totalCount } }", by=ann)).codes == ["FORBIDDEN"]


async def test_a_new_key_is_cut_to_its_scopes_also_where_nobody_told_of_it_yet(
    graph: Graph, company: Company
) -> None:
    def key(*scopes: str) -> Principal:
        return Principal("service", uuid4(), "Web site", frozenset({"boss"}), frozenset(scopes), "t")

    await lead(graph)
    reader = key("lead:read")

    assert await seen(graph, reader) == ["Acme"]
    assert (await refused(graph, "createLead", {"company": "B"}, by=reader))["code"] == "FORBIDDEN"
    assert (await graph("{ leads { totalCount } }", by=key())).codes == ["FORBIDDEN"]


async def test_what_may_not_be_touched_stays_as_it_is(
    graph: Graph, company: Company, database: Database
) -> None:
    team = await company.team()
    ann = await company.person("seller", team=team)
    await company.role("peer", grant("lead", "read", ["team"]), grant("lead", "update", ["own"]))
    peer = await company.person("peer", team=team)
    stranger = await company.person("peer")
    id = await lead(graph, ann)
    before = len(await outbox(database))
    lost = {"id": id, "reason": "No budget"}

    assert (await refused(graph, "loseLead", lost, by=peer))["code"] == "FORBIDDEN"
    unknown = await refused(graph, "loseLead", lost, by=stranger)
    none = await refused(graph, "loseLead", {**lost, "id": str(uuid4())}, by=stranger)
    assert unknown["code"] == none["code"] == "NOT_FOUND"
    assert len(await outbox(database)) == before
    await do(graph, "loseLead", lost, "lead { status }", by=ann)


async def test_nobody_makes_records_for_people_outside_their_scope(
    graph: Graph, company: Company, database: Database
) -> None:
    ann, ben = await company.person("seller"), await company.person("seller")

    refusal = await refused(graph, "createLead", {"company": "X", "ownerId": str(ben.id)}, by=ann)

    assert (refusal["code"], refusal["inputPath"]) == ("FORBIDDEN", ["input", "ownerId"])
    assert await outbox(database) == []
    mine = {"company": "X", "ownerId": str(ann.id)}
    await do(graph, "createLead", mine, "lead { id }", by=ann)
    await do(graph, "createLead", {"company": "Y"}, "lead { id }", by=ann)


async def test_what_a_rule_decides_is_not_the_callers_choice(graph: Graph, company: Company) -> None:
    ann, ben = await company.person("seller"), await company.person("seller")
    rule = {"name": "All to Ben", "position": 1, "ownerIds": [str(ben.id)], "condition": {"rules": []}}
    await do(graph, "defineAssignmentRule", rule, "__typename")

    made = await do(graph, "createLead", {"company": "Y"}, "lead { owner { id } }", by=ann)

    assert made["lead"]["owner"] == {"id": str(ben.id)}


async def test_a_fixed_field_stays_and_is_named(graph: Graph, company: Company) -> None:
    await company.role("clerk", grant("lead", "read create assign", ["own"], readOnly=["ownerId"]))
    clerk, ben = await company.person("clerk"), await company.person("seller")
    id = await lead(graph, clerk)

    refusal = await refused(graph, "assignLead", {"id": id, "ownerId": str(ben.id)}, by=clerk)

    assert (refusal["code"], refusal["facts"]["field"]) == ("FORBIDDEN", "owner_id")
    assert await seen(graph, clerk) == ["Acme"]


async def test_a_condition_opens_the_rows_that_meet_it(graph: Graph, company: Company) -> None:
    pool = {"condition": {"rules": [{"field": "owner_id", "operator": "isEmpty"}]}}
    await company.role("hunter", grant("lead", "read", ["own", pool]))
    hunter, ben = await company.person("hunter"), await company.person("seller")
    for of, name in ((hunter, "Hunter's"), (ben, "Ben's"), (None, "Pool")):
        await lead(graph, of, name)

    assert await seen(graph, hunter) == ["Hunter's", "Pool"]


async def test_a_record_is_shared_for_reading_or_for_changing_and_no_longer(
    graph: Graph, company: Company
) -> None:
    await company.role("sharer", grant("lead", "read update share", MINE))
    top = await company.team()
    ann = await company.person("sharer")
    ben = await company.person("sharer", team=await company.team(below=top))
    id = await lead(graph, ann)
    lost = {"id": id, "reason": "Price"}

    unheard = await _share(graph, id, uuid4(), by=ann)
    assert (unheard.codes, unheard.errors[0]["extensions"]["inputPath"]) == (
        ["UNAVAILABLE"],
        ["input", "granteeId"],
    )
    await _share(graph, id, top, by=ann)
    assert await seen(graph, ben) == ["Acme"]
    assert (await refused(graph, "loseLead", lost, by=ben))["code"] == "FORBIDDEN"
    assert (await _share(graph, id, ben.id, by=ben)).codes == ["FORBIDDEN"]

    unshared = "mutation($i: UnshareInput!) { unshareLead(input: $i) { shared } }"
    ended = await graph(unshared, {"i": {"id": id, "granteeId": str(top)}}, by=ann)
    assert ended.data == {"unshareLead": {"shared": False}}
    assert await seen(graph, ben) == []

    await _share(graph, id, ben.id, by=ann, canUpdate=True)
    query = "query($id: ID!) { leadShares(id: $id) { granteeId canUpdate } }"
    listed = await graph(query, {"id": id}, by=ann)
    assert listed.data["leadShares"] == [{"granteeId": str(ben.id), "canUpdate": True}]
    await do(graph, "loseLead", lost, "lead { status }", by=ben)


async def _share(graph: Graph, id: str, grantee: UUID | None, *, by: Principal, **more: Any) -> Answer:
    query = "mutation($i: ShareInput!) { shareLead(input: $i) { shared } }"
    return await graph(query, {"i": {"id": id, "granteeId": str(grantee), **more}}, by=by)


HIDING = (
    grant("opportunity", "read update", hide=["amount"]),
    grant("opportunity", "create", hide=["amount"]),
    grant("lead", "read", hide=["company"]),
)


@pytest.fixture
async def blind(company: Company) -> Principal:
    """Somebody from whom the amounts of deals and the companies of leads are kept."""
    await company.role("blind", *HIDING)
    return await company.person("blind")


async def test_a_hidden_field_is_null_and_the_answer_says_why(graph: Graph, blind: Principal) -> None:
    await opportunity(graph, name="Line 3")

    answer = await graph("{ opportunities { nodes { name amount { amount } status } } }", by=blind)

    assert answer.data["opportunities"]["nodes"] == [{"name": "Line 3", "amount": None, "status": "OPEN"}]
    reason = "opportunity.amount is kept from your roles"
    assert answer.masked == [{"type": "Opportunity", "field": "amount", "reason": reason}]
    assert (await graph("{ opportunities { nodes { name } } }", by=blind)).masked == []


async def test_a_field_that_cannot_be_null_is_refused_instead(graph: Graph, blind: Principal) -> None:
    await lead(graph)

    answer = await graph("{ leads { nodes { company } } }", by=blind)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["path"] == ["leads", "nodes", 0, "company"]


@pytest.mark.parametrize(
    "arguments",
    ['filter: {amount: {gt: "1"}}', 'filter: {not: {or: [{amount: {eq: "1"}}]}}', "sort: {by: AMOUNT}"],
)
async def test_nothing_is_chosen_or_sorted_by_a_hidden_field(
    graph: Graph, blind: Principal, arguments: str
) -> None:
    answer = await graph(f"{{ opportunities({arguments}) {{ totalCount }} }}", by=blind)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["extensions"]["facts"]["field"] == "amount"


async def test_a_hidden_field_is_not_written_and_not_shown_after_a_change(
    graph: Graph, blind: Principal
) -> None:
    input = {"name": "Line 3", "customerId": str(uuid4())}
    paid = {**input, "amount": money("9")}
    assert (await refused(graph, "openOpportunity", paid, by=blind))["facts"]["field"] == "amount"

    id = await opportunity(graph, amount=money("1000"))
    lost = {"id": id, "reason": "Price"}
    done = await do(graph, "loseOpportunity", lost, "opportunity { status amount { amount } }", by=blind)
    assert done["opportunity"] == {"status": "LOST", "amount": None}


async def test_a_wide_grant_with_a_mask_does_not_leak_through_a_narrow_one_without(
    graph: Graph, company: Company
) -> None:
    await company.role("mixed", grant("opportunity", "read", hide=["amount"]))
    await company.role("owner", grant("opportunity", "read", ["own"]))
    both = await company.person("mixed", "owner")
    await opportunity(graph)

    answer = await graph("{ opportunities { nodes { amount { amount } } } }", by=both)

    assert answer.data["opportunities"]["nodes"] == [{"amount": None}]


async def _as_known(database: Database, caller: Principal) -> Principal:
    directory = Directory(database)
    await directory.refresh()
    return directory.resolve(caller)


async def test_the_second_wall_holds_when_the_first_is_gone(
    graph: Graph, company: Company, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = await company.person("seller"), await company.person("seller")
    for of, name in ((ann, "Ann's"), (ben, "Ben's")):
        await lead(graph, of, name)
    monkeypatch.setattr(Listing, "within", lambda _, statement, reach, by="id": statement)
    monkeypatch.setattr("chassis.access.scope.where", lambda listing, shape: text("true"))
    LEADS.built.clear()

    assert await seen(graph, ann) == ["Ann's"]
    with acting_as(await _as_known(database, ann)):
        everything = await database.read(select(Lead.__table__))
        through_sqlalchemy = await database.read(
            select(Lead.__table__).where(LEADS.fields["company"].in_(["Ben's"]))
        )
    assert [row.company for row in everything] == ["Ann's"]
    assert through_sqlalchemy == []
    LEADS.built.clear()


async def test_the_audit_of_what_somebody_does_not_see_is_behind_the_wall(
    graph: Graph, company: Company, database: Database
) -> None:
    ann, ben = await company.person("seller"), await company.person("seller")
    mine, _ = await lead(graph, ann, "Ann's"), await lead(graph, ben, "Ben's")
    history = "query($id: ID!) { lead(id: $id) { history { totalCount nodes { action recordId } } } }"

    told = (await graph(history, {"id": mine}, by=ann)).data["lead"]["history"]
    with acting_as(await _as_known(database, ann)):
        entries = await database.read(select(AuditEntry.__table__))

    assert told == {"totalCount": 1, "nodes": [{"action": "CREATED", "recordId": mine}]}
    assert {str(entry.record_id) for entry in entries} == {mine}


async def test_the_wall_shows_what_its_settings_say_and_else_nothing(
    graph: Graph, company: Company, database: Database
) -> None:
    ann = await company.person("seller")
    await lead(graph, ann, "Ann's")
    await lead(graph, None, "Nobody's")

    async def companies(setting: str | None) -> list[str]:
        async with database.engine.begin() as connection:
            await connection.execute(text("SET LOCAL ROLE roundel_narrow"))
            if setting is not None:
                await connection.execute(text(f"SET LOCAL roundel.see_lead = '{setting}'"))
            return sorted((await connection.execute(select(Lead.company))).scalars())

    assert await companies(None) == await companies("") == []
    assert await companies(f"{{{ann.id}}}") == ["Ann's"]
    assert await companies("*") == ["Ann's", "Nobody's"]


async def test_who_may_see_everything_costs_no_statement_more(
    graph: Graph, company: Company, database: Database
) -> None:
    boss = await company.person("boss")
    await lead(graph)
    query = "{ leads { nodes { company } } }"
    with statements(database) as plain:
        await graph(query)
    with statements(database) as known:
        await graph(query, by=boss)

    assert known == plain
