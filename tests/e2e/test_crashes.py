"""Every program of the suite dies in the middle of two hundred journeys; nothing is lost or doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.messaging.subscriber import Inbox
from chassis.testing import eventually
from deploy.local.suite import ADMINISTRATOR, SERVICES, Suite
from tests.e2e.caller import Caller
from tests.e2e.journeys import (
    House,
    Journey,
    ask_for_help,
    convert,
    delivery,
    find_lead,
    furnish,
    gather_limited,
    negotiate,
    pay_first,
    sign,
    submit_form,
)

JOURNEYS = 200
AT_ONCE = 6
PATIENCE = 60.0
VICTIMS = (
    "marketing",
    "sales",
    "nats",
    "customer",
    "project",
    "gateway",
    "finance",
    "postgres",
    "automation",
    "insight",
    "service_desk",
    "identity",
)
BETWEEN_CRASHES = 14  # journeys; the last victim also dies in their middle

TOLD_ONCE_PER_JOURNEY = (
    "roundel.marketing.v1.ProspectCaptured",
    "roundel.marketing.v1.TouchpointRecorded",
    "roundel.marketing.v1.ProspectQualified",
    "roundel.sales.v1.LeadCreated",
    "roundel.sales.v1.LeadAssigned",
    "roundel.sales.v1.LeadConverted",
    "roundel.customer.v1.CustomerRegistered",
    "roundel.customer.v1.ContactAdded",
    "roundel.sales.v1.OpportunityOpened",
    "roundel.sales.v1.QuoteSubmitted",
    "roundel.sales.v1.QuoteAccepted",
    "roundel.sales.v1.ContractActivated",
)
# The saga's sweeper repeats a signature that was not answered in time, and so are the answers.
TOLD_OF_EVERY_CONTRACT = (
    "roundel.sales.v1.ContractSigned",
    "roundel.finance.v1.ReceivablesScheduled",
)


@dataclass(frozen=True)
class Event:
    """A row of an outbox."""

    type: str
    subject: UUID
    published: bool


@dataclass(frozen=True)
class Aftermath:
    """The suite after all of it, settled."""

    suite: Suite
    caller: Caller
    journeys: Sequence[Journey]
    told: Mapping[UUID, Event]

    async def rows(self, service: str, query: str) -> list[asyncpg.Record]:
        """Ask one service's database."""
        return await rows(self.suite, service, query)

    def subjects(self, type: str) -> list[UUID]:
        """Return what the events of this type are about."""
        return [event.subject for event in self.told.values() if event.type == type]


@pytest.fixture(scope="module")
async def aftermath(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aftermath]:
    """Two hundred journeys through a suite of their own, in which every program is killed once."""
    async with AsyncExitStack() as stack:
        suite = await stack.enter_async_context(Suite(tmp_path_factory.mktemp("crashing"), durable=False))
        anybody = await stack.enter_async_context(Caller(suite.graph, patience=PATIENCE))
        token = await anybody.sign_in(ADMINISTRATOR, suite.administrator_password)
        seller = await stack.enter_async_context(Caller(suite.graph, token, patience=PATIENCE))
        house = await furnish(seller, "north")
        journeys = [Journey(f"Crash {number}") for number in range(JOURNEYS)]
        done: asyncio.Queue[Journey] = asyncio.Queue()
        travelling = [_travel(seller, anybody, house, journey, done) for journey in journeys]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(gather_limited(travelling, AT_ONCE))
            tasks.create_task(_crash_all(suite, done))
        await eventually(lambda: _is_settled(suite), timeout=100, pause=0.5)
        yield Aftermath(suite, seller, journeys, await _told(suite))


async def _travel(
    seller: Caller, anybody: Caller, house: House, journey: Journey, done: asyncio.Queue[Journey]
) -> None:
    await submit_form(anybody, house, journey)
    await find_lead(seller, journey)
    await convert(seller, journey)
    await negotiate(seller, house, journey)
    await sign(seller, journey)
    seen = await delivery(seller, journey)
    if _pays(journey):
        await pay_first(seller, journey, seen["receivables"]["nodes"])
    if _needs_help(journey):
        await ask_for_help(seller, journey)
    await done.put(journey)


def _pays(journey: Journey) -> bool:
    return int(journey.company.split()[-1]) % 3 == 0


def _needs_help(journey: Journey) -> bool:
    return int(journey.company.split()[-1]) % 3 == 1


async def _crash_all(suite: Suite, done: asyncio.Queue[Journey]) -> None:
    """Kill one after another, each after so many further journeys and when the one before is ready again."""
    left = JOURNEYS
    for victim in VICTIMS:
        for _ in range(BETWEEN_CRASHES):
            await done.get()
        left -= BETWEEN_CRASHES
        assert left - done.qsize() > AT_ONCE, f"{victim} would die after the journeys, not in their middle"
        suite.kill(victim)
        await suite.ready(victim)


async def rows(suite: Suite, service: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(suite.database_url(service).replace("+asyncpg", ""))
    try:
        found: list[asyncpg.Record] = await connection.fetch(query)
        return found
    finally:
        await connection.close()


async def _told(suite: Suite) -> dict[UUID, Event]:
    query = (
        "SELECT id, type, subject::uuid AS subject, published_at IS NOT NULL AS published FROM outbox_event"
    )
    return {
        row["id"]: Event(row["type"], row["subject"], row["published"])
        for service in SERVICES
        for row in await rows(suite, service, query)
    }


def _handled_types(service: str) -> frozenset[str]:
    if find_spec(f"{service}.consumers") is None:
        return frozenset()
    handlers = import_module(f"{service}.consumers").HANDLERS
    return frozenset().union(*Inbox(service, handlers).types_by_stream().values())


def _meant_for(service: str, told: Mapping[UUID, Event]) -> set[UUID]:
    types = _handled_types(service)
    return {id for id, event in told.items() if event.type in types}


async def _is_settled(suite: Suite) -> bool:
    """Nothing waits to be published and nobody has less in the inbox than was told."""
    told = await _told(suite)
    assert all(event.published for event in told.values())
    for service in SERVICES:
        [row] = await rows(suite, service, "SELECT count(*) AS arrived FROM inbox_event")
        missing = len(_meant_for(service, told)) - row["arrived"]
        assert missing <= 0, f"{service} still lacks {missing} events"
    return True


@pytest.mark.feature("F127")
async def test_a_contract_is_in_force_exactly_when_it_has_one_project_and_all_its_receivables(
    aftermath: Aftermath,
) -> None:
    contracts = await _pages(
        aftermath.caller,
        "contracts",
        "id status total { amount } project { id } receivables { nodes { amount { amount } } }",
    )
    assert len(contracts) == JOURNEYS
    for contract in contracts:
        assert contract["status"] == "ACTIVE"
        assert contract["project"]
        amounts = [Decimal(row["amount"]["amount"]) for row in contract["receivables"]["nodes"]]
        assert len(amounts) == 2
        assert sum(amounts) == Decimal(contract["total"]["amount"]) == Decimal(2850)

    wanted = {UUID(journey.contract) for journey in aftermath.journeys}
    signed = await aftermath.rows("sales", "SELECT id, status, total FROM contract")
    projects = await aftermath.rows("project", "SELECT contract_id FROM project")
    owed = await aftermath.rows(
        "finance", "SELECT contract_id, sum(amount) AS owed, count(*) FROM receivable GROUP BY contract_id"
    )
    assert {row["id"] for row in signed if row["status"] == "active"} == wanted
    assert Counter(row["contract_id"] for row in projects) == Counter(wanted)
    assert {row["contract_id"]: row["owed"] for row in owed} == {row["id"]: row["total"] for row in signed}
    assert {row["count"] for row in owed} == {2}


async def test_what_was_committed_was_told_and_told_once(aftermath: Aftermath) -> None:
    assert all(event.published for event in aftermath.told.values())
    types = Counter(event.type for event in aftermath.told.values())
    assert {type: types[type] for type in TOLD_ONCE_PER_JOURNEY} == dict.fromkeys(
        TOLD_ONCE_PER_JOURNEY, JOURNEYS
    )
    contracts = {UUID(journey.contract) for journey in aftermath.journeys}
    for type in TOLD_OF_EVERY_CONTRACT:
        assert set(aftermath.subjects(type)) == contracts
    projects = await aftermath.rows("project", "SELECT id FROM project")
    assert set(aftermath.subjects("roundel.project.v1.ProjectOpened")) == {row["id"] for row in projects}


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_took_in_every_event_it_listens_to_exactly_once(
    aftermath: Aftermath, service: str
) -> None:
    inbox = await aftermath.rows(service, "SELECT id FROM inbox_event")
    assert Counter(row["id"] for row in inbox) == Counter(_meant_for(service, aftermath.told))


async def test_the_timeline_has_every_event_exactly_once(aftermath: Aftermath) -> None:
    happenings = await aftermath.rows("insight", "SELECT id FROM happening")
    assert Counter(row["id"] for row in happenings) == Counter(_meant_for("insight", aftermath.told))


@pytest.mark.parametrize("service", SERVICES)
async def test_what_was_merely_unavailable_leaves_no_dead_letter(aftermath: Aftermath, service: str) -> None:
    letters = await aftermath.rows(service, "SELECT type, error FROM dead_letter WHERE resolved_at IS NULL")
    assert [dict(letter) for letter in letters] == []


async def test_nothing_that_was_asked_for_again_was_done_twice(aftermath: Aftermath) -> None:
    leads = await _pages(aftermath.caller, "leads", "email status")
    assert len(leads) == len({lead["email"] for lead in leads}) == JOURNEYS
    assert {lead["status"] for lead in leads} == {"CONVERTED"}

    customers = await _pages(aftermath.caller, "customers", "id name status")
    assert Counter(row["name"] for row in customers) == Counter(row.company for row in aftermath.journeys)
    assert {customer["status"] for customer in customers} == {"SIGNED"}

    for service, table, expected in (
        ("marketing", "prospect", JOURNEYS),
        ("marketing", "touchpoint", JOURNEYS),
        ("customer", "contact", JOURNEYS),
        ("sales", "opportunity", JOURNEYS),
        ("sales", "quote", JOURNEYS),
        ("finance", "receipt", len(_who(aftermath, _pays))),
        ("service_desk", "ticket", len(_who(aftermath, _needs_help))),
    ):
        [row] = await aftermath.rows(service, f"SELECT count(*) FROM {table}")
        assert (table, row["count"]) == (table, expected)

    won = await aftermath.rows("sales", "SELECT customer_id FROM opportunity WHERE status = 'won'")
    assert {row["customer_id"] for row in won} == _who(aftermath, _pays)


async def test_each_rule_made_one_todo_for_each_record(aftermath: Aftermath) -> None:
    todos = await aftermath.rows("automation", "SELECT rule, about_id FROM todo WHERE rule IS NOT NULL")
    projects = await aftermath.rows("project", "SELECT id FROM project")
    wanted = {
        *(("follow_up_lead", UUID(journey.lead)) for journey in aftermath.journeys),
        *(("follow_first_payment", UUID(journey.contract)) for journey in aftermath.journeys),
        *(("start_project", row["id"]) for row in projects),
    }
    assert Counter((row["rule"], row["about_id"]) for row in todos) == Counter(wanted)


def _who(aftermath: Aftermath, does: Any) -> set[UUID]:
    return {UUID(journey.customer) for journey in aftermath.journeys if does(journey)}


async def _pages(caller: Caller, field: str, node: str) -> list[dict[str, Any]]:
    query = (
        f"query($after: String) {{ {field}(first: 100, after: $after)"
        f" {{ nodes {{ {node} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await caller.get(query, {"after": after}))[field]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
