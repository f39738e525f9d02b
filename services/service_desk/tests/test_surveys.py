"""Surveys: answered once by who holds the token, told with the agent, closing the ticket."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.access import ANONYMOUS, Principal
from chassis.database import Database
from chassis.testing import Answer, Graph, employee, outbox

ANSWER = "mutation($input: AnswerSurveyInput!) { answerSurvey(input: $input) { score } }"


async def asked(graph: Graph, agent: Principal | None = None) -> tuple[str, str]:
    """Open and resolve a ticket; return its id and the survey's token."""
    opening = "mutation($input: OpenTicketInput!) { openTicket(input: $input) { ticket { id } } }"
    ticket = {"customerId": str(uuid4()), "subject": "Pump leaks", "channel": "PORTAL"}
    id = (await graph(opening, {"input": ticket})).data["openTicket"]["ticket"]["id"]
    resolving = "mutation($input: ResolveTicketInput!) { resolveTicket(input: $input) { surveyToken } }"
    answer = await graph(resolving, {"input": {"id": id, "resolution": "New seal"}}, by=agent)
    return id, answer.data["resolveTicket"]["surveyToken"]


async def answered(graph: Graph, by: Principal = ANONYMOUS, **given: object) -> Answer:
    return await graph(ANSWER, {"input": {"score": 4, **given}}, by=by)


async def status(graph: Graph, id: str) -> str:
    answer = await graph("query($id: ID!) { ticket(id: $id) { status } }", {"id": id})
    return str(answer.data["ticket"]["status"])


@pytest.mark.feature("F61")
async def test_the_holder_of_the_token_answers_without_sign_in_and_the_agent_is_told(
    graph: Graph, database: Database
) -> None:
    agent = employee()
    id, token = await asked(graph, agent)

    answer = await answered(graph, token=token, comment=" 很好 ")

    assert answer.data["answerSurvey"] == {"score": 4}
    told = (await outbox(database))[-1]
    assert told.type == "roundel.service_desk.v1.SurveyAnswered"
    assert (told.data["ticketId"], told.data["agentId"]) == (id, str(agent.id))
    assert (told.data["score"], told.data["comment"], told.data["version"]) == (4, "很好", "2")
    assert await status(graph, id) == "CLOSED"


async def test_a_survey_is_answered_once(graph: Graph, database: Database) -> None:
    _, token = await asked(graph)
    await answered(graph, token=token)

    assert (await answered(graph, token=token, score=1)).codes == ["CONFLICT"]
    assert len(await outbox(database)) == 3


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"score": 0}, "INVALID"),
        ({"score": 6}, "INVALID"),
        ({"comment": "x" * 2001}, "INVALID"),
        ({"comment": "a\0b"}, "INVALID"),
        ({"token": "guessed"}, "NOT_FOUND"),
        ({"token": "a\0b"}, "NOT_FOUND"),
    ],
)
async def test_a_wrong_answer_is_refused_and_tells_nobody(
    graph: Graph, database: Database, given: dict[str, Any], code: str
) -> None:
    _, token = await asked(graph)

    assert (await answered(graph, **{"token": token, **given})).codes == [code]
    assert len(await outbox(database)) == 2


async def test_an_answer_to_a_ticket_that_was_taken_up_again_leaves_it_open(graph: Graph) -> None:
    id, token = await asked(graph)
    await graph("mutation($id: ID!) { reopenTicket(input: {id: $id}) { ticket { id } } }", {"id": id})

    assert not (await answered(graph, token=token, score=1)).errors
    assert await status(graph, id) == "OPEN"


async def test_only_who_may_import_can_answer_in_the_past(graph: Graph, database: Database) -> None:
    _, token = await asked(graph)
    past = "2025-01-02T03:04:05Z"

    assert (await answered(graph, token=token, at=past)).codes == ["UNAUTHENTICATED"]
    assert (await answered(graph, employee("*:read"), token=token, at=past)).codes == ["FORBIDDEN"]
    assert not (await answered(graph, employee("survey:import"), token=token, at=past)).errors
    assert (await outbox(database))[-1].data["occurredAt"] == past


async def test_bad_scores_are_found_by_agent(graph: Graph) -> None:
    agent = employee()
    for score in (1, 2, 5):
        _, token = await asked(graph, agent)
        await answered(graph, token=token, score=score)
    await asked(graph, agent)
    query = """query($agent: ID!) { surveys(filter: {agentId: {eq: $agent}, score: {lte: 2}},
      sort: {by: SCORE}) { totalCount nodes { score agent { id } } } }"""

    found = (await graph(query, {"agent": str(agent.id)})).data["surveys"]

    assert found["totalCount"] == 2
    assert found["nodes"] == [{"score": score, "agent": {"id": str(agent.id)}} for score in (1, 2)]


@pytest.mark.feature("F110")
async def test_who_reads_the_table_learns_no_token(graph: Graph, database: Database) -> None:
    _, token = await asked(graph)
    [row] = await database.read(text("SELECT survey::text AS written FROM survey"))
    assert token not in row.written
    assert token.encode().hex() not in row.written
    assert (await answered(graph, token=token)).data
