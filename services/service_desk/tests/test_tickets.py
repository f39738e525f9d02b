"""Tickets: one pool for all channels, resolved once, asked about, found by part of the subject."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.testing import Answer, Graph, employee, outbox, statements

OPEN = """mutation($input: OpenTicketInput!) { openTicket(input: $input) {
  ticket { id number version status channel priority customer { id } } } }"""
ASSIGN = """mutation($input: AssignTicketInput!) { assignTicket(input: $input) {
  ticket { status queue version assignee { id } } } }"""
RESOLVE = """mutation($input: ResolveTicketInput!) { resolveTicket(input: $input) {
  ticket { number status resolution resolvedAt version } survey { id score } surveyToken } }"""
REOPEN = """mutation($input: ReopenTicketInput!) { reopenTicket(input: $input) {
  ticket { status resolution resolvedAt } } }"""


async def opened(graph: Graph, **given: object) -> str:
    asked = {"customerId": str(uuid4()), "subject": "Pump leaks", "channel": "PHONE", **given}
    answer = await graph(OPEN, {"input": asked})
    assert not answer.errors
    return str(answer.data["openTicket"]["ticket"]["id"])


async def resolved(graph: Graph, id: str, **given: object) -> Answer:
    return await graph(RESOLVE, {"input": {"id": id, "resolution": "New seal", **given}})


async def types(database: Database) -> list[str]:
    return [told.type.rpartition(".")[2] for told in await outbox(database)]


@pytest.mark.feature("F57")
@pytest.mark.parametrize("channel", ["PHONE", "EMAIL", "WEB_CHAT", "SOCIAL", "PORTAL"])
async def test_a_ticket_from_any_channel_is_told_with_its_number(
    graph: Graph, database: Database, channel: str
) -> None:
    customer = str(uuid4())

    id = await opened(graph, customerId=customer, channel=channel, at="2025-05-06T07:08:09+08:00")

    [told] = await outbox(database)
    assert told.type == "roundel.service_desk.v1.TicketOpened"
    assert re.fullmatch(r"T-2025-\d{6}", told.data["number"])
    assert (told.data["ticketId"], told.data["customerId"]) == (id, customer)
    assert told.data["channel"] == channel.lower()
    assert (told.data["priority"], told.data["occurredAt"]) == ("normal", "2025-05-05T23:08:09Z")


@pytest.mark.feature("F57")
async def test_numbers_are_unique_and_lead_to_the_ticket(graph: Graph, database: Database) -> None:
    ids = [await opened(graph) for _ in range(3)]
    numbers = [told.data["number"] for told in await outbox(database)]

    assert len(set(numbers)) == 3
    query = "query($n: String!) { ticketByNumber(number: $n) { id } }"
    assert (await graph(query, {"n": numbers[1]})).data["ticketByNumber"] == {"id": ids[1]}
    assert (await graph(query, {"n": "T-1999-000001"})).data == {"ticketByNumber": None}


async def test_a_repeated_key_opens_one_ticket(graph: Graph, database: Database) -> None:
    caller = employee()
    asked = {"customerId": str(uuid4()), "subject": "x", "channel": "EMAIL", "idempotencyKey": "k"}

    first = await graph(OPEN, {"input": asked}, by=caller)
    second = await graph(OPEN, {"input": asked}, by=caller)

    assert not first.errors
    assert first.data == second.data
    assert len(await outbox(database)) == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"subject": " "}, "INVALID"),
        ({"subject": "x" * 201}, "INVALID"),
        ({"channel": "PIGEON"}, "INVALID"),
        ({"priority": "MEDIUM"}, "INVALID"),
        ({"customerId": "me"}, "INVALID"),
        ({"at": "2999-01-01T00:00:00Z"}, "INVALID"),
        ({"queue": "x" * 101}, "INVALID"),
    ],
)
async def test_a_ticket_that_says_nothing_is_refused_and_tells_nobody(
    graph: Graph, database: Database, given: dict[str, object], code: str
) -> None:
    asked = {"customerId": str(uuid4()), "subject": "Pump leaks", "channel": "PHONE", **given}

    assert (await graph(OPEN, {"input": asked})).codes == [code]
    assert not await outbox(database)


async def test_a_ticket_is_assigned_at_the_version_that_was_read(graph: Graph, database: Database) -> None:
    id, agent = await opened(graph, queue="pumps"), str(uuid4())

    first = await graph(ASSIGN, {"input": {"id": id, "assigneeId": agent, "expectedVersion": 1}})
    stale = await graph(ASSIGN, {"input": {"id": id, "assigneeId": agent, "expectedVersion": 1}})

    ticket = {"status": "ASSIGNED", "queue": "pumps", "version": 2, "assignee": {"id": agent}}
    assert first.data["assignTicket"]["ticket"] == ticket
    assert stale.codes == ["CONFLICT"]
    assert await types(database) == ["TicketOpened", "TicketAssigned"]
    assert [told.data["queue"] for told in await outbox(database)] == ["pumps", "pumps"]


@pytest.mark.feature("F61")
async def test_resolving_tells_others_and_asks_the_customer(graph: Graph, database: Database) -> None:
    id, agent = await opened(graph, at="2025-05-06T00:00:00Z"), str(uuid4())
    await graph(ASSIGN, {"input": {"id": id, "assigneeId": agent}})

    answer = await resolved(graph, id, at="2025-05-07T00:00:00Z")

    payload = answer.data["resolveTicket"]
    assert (payload["ticket"]["status"], payload["ticket"]["resolution"]) == ("RESOLVED", "New seal")
    assert payload["survey"]["score"] is None
    assert len(payload["surveyToken"]) >= 32
    told = (await outbox(database))[-1]
    assert told.type == "roundel.service_desk.v1.TicketResolved"
    assert (told.data["agentId"], told.data["version"]) == (agent, "3")
    assert told.data["occurredAt"] == "2025-05-07T00:00:00Z"


@pytest.mark.feature("F110")
async def test_a_repeated_resolution_with_the_same_key_has_the_same_token(
    graph: Graph, database: Database
) -> None:
    id, caller = await opened(graph), employee()
    asked = {"input": {"id": id, "resolution": "New seal", "idempotencyKey": "k"}}

    first = await graph(RESOLVE, asked, by=caller)
    second = await graph(RESOLVE, asked, by=caller)

    assert not first.errors
    assert first.data == second.data
    [kept] = await database.read(text("SELECT result::text FROM idempotency_key WHERE result ? 'encrypted'"))
    assert "New seal" not in kept.result


async def test_what_is_resolved_must_be_reopened_first(graph: Graph, database: Database) -> None:
    id = await opened(graph)
    await resolved(graph, id)

    assert (await resolved(graph, id)).codes == ["CONFLICT"]
    assert (await graph(ASSIGN, {"input": {"id": id, "assigneeId": str(uuid4())}})).codes == ["CONFLICT"]
    assert (await graph(REOPEN, {"input": {"id": id}})).data["reopenTicket"]["ticket"] == {
        "status": "OPEN",
        "resolution": None,
        "resolvedAt": None,
    }
    assert (await graph(REOPEN, {"input": {"id": id}})).codes == ["CONFLICT"]
    assert await types(database) == ["TicketOpened", "TicketResolved", "TicketReopened"]


async def test_a_ticket_resolved_again_asks_the_same_question_again(graph: Graph) -> None:
    id = await opened(graph)
    first = (await resolved(graph, id)).data["resolveTicket"]
    await graph(REOPEN, {"input": {"id": id}})

    second = (await resolved(graph, id)).data["resolveTicket"]

    assert second["surveyToken"] == first["surveyToken"]


@pytest.mark.parametrize(
    "given", [{"resolution": " "}, {"at": "2025-05-05T00:00:00Z"}, {"at": "2999-01-01T00:00:00Z"}]
)
async def test_an_impossible_resolution_is_refused(
    graph: Graph, database: Database, given: dict[str, object]
) -> None:
    id = await opened(graph, at="2025-05-06T00:00:00Z")

    assert (await resolved(graph, id, **given)).codes == ["INVALID"]
    assert await types(database) == ["TicketOpened"]


async def test_an_unknown_ticket_is_not_found(graph: Graph) -> None:
    assert (await resolved(graph, str(uuid4()))).codes == ["NOT_FOUND"]


async def test_who_lacks_the_grant_is_refused(graph: Graph, database: Database) -> None:
    id = await opened(graph)
    asked = {"input": {"id": id, "resolution": "x"}}

    refused = await graph(RESOLVE, asked, by=employee("ticket:read", "ticket:create"))

    assert refused.codes == ["FORBIDDEN"]
    assert await types(database) == ["TicketOpened"]


async def test_tickets_are_found_by_part_of_their_subject_and_paged(graph: Graph) -> None:
    for day, subject in enumerate(("水泵漏水", "Invoice wrong", "水泵噪音", "水泵停机"), start=1):
        await opened(graph, subject=subject, at=f"2025-05-0{day}T00:00:00Z", priority="HIGH")
    query = """query($after: String) { tickets(filter: {subject: {contains: "水泵"}, priority: {eq: HIGH}},
      first: 2, after: $after, sort: {by: OPENED_AT}) {
        nodes { subject } totalCount pageInfo { hasNextPage endCursor } } }"""

    first = (await graph(query)).data["tickets"]
    second = (await graph(query, {"after": first["pageInfo"]["endCursor"]})).data["tickets"]

    subjects = [node["subject"] for node in first["nodes"] + second["nodes"]]
    assert subjects == ["水泵漏水", "水泵噪音", "水泵停机"]
    assert (first["totalCount"], second["pageInfo"]["hasNextPage"]) == (3, False)


@pytest.mark.feature("F14")
async def test_tickets_and_satisfaction_of_many_customers_cost_one_statement_a_loader(
    graph: Graph, database: Database
) -> None:
    customers = [str(uuid4()) for _ in range(3)]
    answer = "mutation($t: String!, $s: Int!) { answerSurvey(input: {token: $t, score: $s}) { score } }"
    for customer, scores in zip(customers, ((5, 4, 4), (2,), ()), strict=True):
        for score in scores:
            id = await opened(graph, customerId=customer)
            token = (await resolved(graph, id)).data["resolveTicket"]["surveyToken"]
            assert not (await graph(answer, {"t": token, "s": score})).errors
        await opened(graph, customerId=customer)
    query = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
      tickets(first: 10) { nodes { number surveys { score } } totalCount }
      satisfaction { average answers } } } }"""

    with statements(database) as ran:
        found = await graph(query, {"r": [{"__typename": "Customer", "id": id} for id in customers]})

    assert [each["satisfaction"] for each in found.data["_entities"]] == [
        {"average": "4.33", "answers": 3},
        {"average": "2", "answers": 1},
        {"average": None, "answers": 0},
    ]
    assert [each["tickets"]["totalCount"] for each in found.data["_entities"]] == [4, 2, 1]
    assert 0 < len(ran) <= 4  # tickets, their count, surveys, satisfaction


async def test_tickets_are_entities_and_show_their_customer(graph: Graph, database: Database) -> None:
    customer = str(uuid4())
    ids = [await opened(graph, customerId=customer) for _ in range(2)]
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { id customer { id } } } }"

    with statements(database) as ran:
        found = await graph(query, {"r": [{"__typename": "Ticket", "id": id} for id in ids]})

    assert found.data["_entities"] == [{"id": id, "customer": {"id": customer}} for id in ids]
    assert len(ran) == 1
