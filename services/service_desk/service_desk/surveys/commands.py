"""What can happen to a survey."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now
from chassis.errors import Conflict, Invalid, NotFound
from chassis.messaging.outbox import emit
from roundel.service_desk.v1 import service_desk_events_pb2 as events
from service_desk.surveys import queries
from service_desk.surveys.models import Survey
from service_desk.tickets.models import TicketStatus

LONGEST_COMMENT = 2000


async def ask_for_answer(
    session: AsyncSession, *, ticket_id: UUID, customer_id: UUID, agent_id: UUID | None, at: datetime
) -> Survey:
    """Ask a customer how we did; a question that still waits for its answer is asked again, not doubled."""
    survey = await queries.waiting_survey(session, ticket_id)
    if survey is None:
        survey = Survey(ticket_id=ticket_id, customer_id=customer_id, token=secrets.token_urlsafe(24))
        session.add(survey)
    survey.agent_id = agent_id
    survey.asked_at = at
    await session.flush()
    return survey


async def answer_survey(
    session: AsyncSession, *, token: str, score: int, comment: str | None = None, at: datetime | None = None
) -> Survey:
    """Keep what a customer thought, once; it closes the ticket, unless that was taken up again.

    Raises NotFound for a token that is none, Invalid for a score that is not 1 to 5 and Conflict for a
    second answer.
    """
    if not 1 <= score <= 5:
        raise Invalid(f"A score is 1 (bad) to 5 (good), not {score}", path=("input", "score"))
    if comment and (len(comment) > LONGEST_COMMENT or "\0" in comment):
        message = f"A comment is a text of at most {LONGEST_COMMENT} characters"
        raise Invalid(message, path=("input", "comment"))
    found = None if "\0" in token else await queries.survey_of_token(session, token)
    if found is None:
        raise NotFound("This survey does not exist; take the whole link", path=("input", "token"))
    survey, ticket = found
    if survey.answered_at is not None:
        raise Conflict("This survey was answered already, thank you", path=("input", "token"))
    survey.score = score
    survey.comment = comment.strip() or None if comment else None
    survey.answered_at = at or now()
    if ticket.status is TicketStatus.RESOLVED:
        ticket.status = TicketStatus.CLOSED
    await session.flush()
    _tell(session, survey, survey.answered_at)
    return survey


def _tell(session: AsyncSession, survey: Survey, answered_at: datetime) -> None:
    answered = events.SurveyAnswered(
        survey_id=str(survey.id),
        version=survey.version,
        ticket_id=str(survey.ticket_id),
        customer_id=str(survey.customer_id),
        score=survey.score or 0,
        comment=survey.comment or "",
        agent_id=str(survey.agent_id or ""),
    )
    answered.occurred_at.FromDatetime(answered_at)
    emit(session, answered, subject=survey.id)
