"""The 360: whole, without any one of its services, page by page, and at what price."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import eventually
from deploy.local.suite import ADMINISTRATOR, SERVICES, Suite
from tests.e2e.caller import Answer, Caller
from tests.e2e.journeys import (
    Journey,
    furnish,
    gather_limited,
    travel,
)
from tests.e2e.refusals import Books
from tests.e2e.test_trace import Trace, said

QUERY = (Path(__file__).resolve().parents[2] / "docs/graphql/customer360.graphql").read_text()
BEGINNING = "query Customer360($id: ID!) {\n  customer(id: $id) {"
JOURNEYS = 8  # customers with something everywhere; five of them on the small page, all on the large one

OWNED = {  # what a customer shows, by the service that knows it
    "marketing": {"sourceCampaign", "touchpoints"},
    "sales": {"leads", "opportunities", "quotes", "contracts"},
    "project": {"projects"},
    "service_desk": {"tickets", "satisfaction"},
    "finance": {"receivables", "invoices", "receipts", "credit"},
    "automation": {"todos"},
    "insight": {"timeline"},
}
EMPLOYEES = {"owner", "author", "manager", "assignee", "actor"}

POLL = "FROM field_schema"  # once a second for all requests together
STATEMENTS = {  # of one 360 over many customers, asked again: one for what is asked for at the same time
    "customer": 3,  # customers; contacts and interactions; superiors of contacts
    "identity": 3,  # owners, and with them their teams; all other employees
    "marketing": 2,  # touchpoints and campaigns of customers; campaigns of touchpoints and costs
    "sales": 2,  # leads, opportunities and their total, quotes, contracts; products
    "project": 2,  # projects, milestones
    "service_desk": 1,  # tickets, satisfaction
    "finance": 1,  # receivables, invoices, receipts, credit
    "automation": 1,  # to-dos
    "insight": 1,  # timeline
}


@pytest.fixture(scope="module")
async def customers(suite: Suite, administrator: Caller, anybody: Caller) -> list[str]:
    """Ids of customers who went all the way, among many others, with nothing on its way any more."""
    others = [{"name": f"Company {number}", "profile": {}} for number in range(50)]
    async with Caller(suite.graph, administrator.token, patience=60) as patient:
        await patient.do("importCustomers", "{ __typename }", rows=others, idempotencyKey="others")
    house = await furnish(administrator, "round")
    team = await administrator.do("createTeam", "{ team { id } }", name="Round")
    for owner in house.owners:
        await administrator.do("moveEmployee", "{ __typename }", id=owner, teamId=team["team"]["id"])
    journeys = [Journey(f"Round {number}") for number in range(JOURNEYS)]
    await gather_limited([travel(administrator, anybody, house, journey) for journey in journeys], 4)
    async with Books(suite):  # waits until all is quiet
        return [journey.customer for journey in journeys]


async def ask(caller: Caller, customer: str) -> Answer:
    return await caller.ask(QUERY, {"id": customer})


def without(service: str, shown: Any) -> Any:
    """What is left of a 360 when a service does not answer."""
    if service == "customer":
        return {"customer": None}
    if service == "identity":
        return _without_employees(shown)
    gone = dict.fromkeys(OWNED[service])
    return {"customer": {**shown["customer"], **gone}}


def _without_employees(shown: Any) -> Any:
    if isinstance(shown, list):
        return [_without_employees(item) for item in shown]
    if not isinstance(shown, dict):
        return shown
    return {key: None if key in EMPLOYEES else _without_employees(value) for key, value in shown.items()}


def at(path: list[str | int], shown: Any) -> Any:
    """Return what stands at an error's path, or the null above it."""
    for step in path:
        shown = shown[step] if shown is not None else None
    return shown


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_that_stopped_costs_only_its_own_part(
    suite: Suite, administrator: Caller, customers: list[str], service: str
) -> None:
    whole = await ask(administrator, customers[0])
    assert not whole.errors
    assert all(whole.data["customer"][field] is not None for part in OWNED.values() for field in part)
    async with Caller(suite.graph) as anybody:  # a token that nobody has seen, so keys must be at hand
        token = await anybody.sign_in(ADMINISTRATOR, suite.administrator_password)

    await suite.stop_one(service)
    try:
        async with Caller(suite.graph, token) as caller:
            answer = await ask(caller, customers[0])
    finally:
        await suite.start_one(service)

    assert answer.status == 200
    assert answer.data == without(service, whole.data)
    reason = f"{service} is not reachable"
    part = {"service": service, "code": "UNAVAILABLE", "cause": "UNREACHABLE", "reason": reason}
    assert answer.extensions["parts"] == [part]
    for error in answer.errors:
        assert (error["message"], error["extensions"]["code"]) == (reason, "UNAVAILABLE")
        assert error["extensions"]["service"] == service
        assert at(error["path"], answer.data) is None
    if service in OWNED:
        assert {error["path"][1] for error in answer.errors} == OWNED[service]
    again = await ask(administrator, customers[0])
    assert (again.data, again.errors) == (whole.data, [])


async def test_lists_inside_the_360_page(administrator: Caller) -> None:
    registered = await administrator.do("registerCustomer", "{ customer { id } }", name="Lists")
    of = {"customerId": registered["customer"]["id"]}
    names = [f"Person {number:02}" for number in range(25)]
    for name in names:
        await administrator.do("addContact", "{ __typename }", **of, name=name)
        await administrator.do("createTodo", "{ __typename }", **of, title=name, role="administrator")

    for field, shown in (("contacts", "name"), ("todos", "title"), ("timeline", "id")):

        async def pages(field: str = field, shown: str = shown) -> list[list[str]]:
            found = [await _page(administrator, of["customerId"], field, shown, None)]
            while found[-1]["pageInfo"]["hasNextPage"]:
                cursor = found[-1]["pageInfo"]["endCursor"]
                found.append(await _page(administrator, of["customerId"], field, shown, cursor))
            assert sum(len(page["nodes"]) for page in found) >= len(names)
            return [[node[shown] for node in page["nodes"]] for page in found]

        cut = await eventually(pages)  # the timeline is told by events
        assert [len(page) for page in cut[:-1]] == [10] * (len(cut) - 1)
        everything = [row for page in cut for row in page]
        assert len(set(everything)) == len(everything)
        if field != "timeline":
            assert sorted(everything) == names


async def _page(caller: Caller, id: str, field: str, shown: str, after: str | None) -> Any:
    found = await caller.get(
        "query($id: ID!, $after: String) { customer(id: $id) { "
        f"{field}(first: 10, after: $after) {{ nodes {{ {shown} }} pageInfo {{ hasNextPage endCursor }} }}"
        " } }",
        {"id": id, "after": after},
    )
    return found["customer"][field]


async def test_many_customers_cost_as_many_statements_as_few(
    suite: Suite, administrator: Caller, customers: list[str]
) -> None:
    for _ in range(2):
        await _priced(suite, administrator, 5)
    few, many = await _priced(suite, administrator, 5), await _priced(suite, administrator, 25)

    assert few == many == STATEMENTS


async def _priced(suite: Suite, administrator: Caller, first: int) -> Counter[str]:
    """Count the statements of each service for the 360 of so many customers; none runs twice in a request."""
    head, tail = QUERY.removeprefix(QUERY[: QUERY.index(BEGINNING)]).split("\n}\n", 1)
    listed = head.replace(BEGINNING, "query($first: Int!) {\n  customers(first: $first) { nodes {")
    trace = Trace(suite.var / "spans.jsonl")
    answer = await administrator.ask(f"{listed} }}\n}}\n{tail}", {"first": first}, headers=trace.headers)
    assert not answer.errors, answer.errors
    assert len(answer.data["customers"]["nodes"]) == first

    await eventually(lambda: "gateway: POST /graphql" in {said(span) for span in trace.spans().values()})
    found: Counter[str] = Counter()
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for span in trace.spans().values():
        statement = span["attributes"].get("db.query.text", "")
        if statement and POLL not in statement:
            found[said(span).partition(":")[0]] += 1
            texts[span["parent_id"]].append(statement)
    for asked in texts.values():
        assert len(asked) == len(set(asked)), [text for text, times in Counter(asked).items() if times > 1]
    return found
