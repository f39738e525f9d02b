"""Reads of surveys."""

from uuid import UUID

from sqlalchemy import any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from chassis.secrets.columns import equals
from service_desk.surveys.models import Survey
from service_desk.tickets.models import Ticket
from service_desk.tickets.queries import TICKETS

SURVEYS = Listing(
    noun="survey",
    table=Survey.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Survey.__table__.c},
    sorts=("asked_at", "answered_at", "score"),
    default=(("asked_at", "desc"),),
    owner="agent_id",
    through=(("ticket_id", TICKETS),),
)

_survey = Survey.__table__.c
_keys = bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))
SATISFACTION = (
    select(
        _survey.customer_id,
        func.round(func.avg(_survey.score), 2).label("average"),
        func.count().label("answers"),
    )
    .where(_survey.customer_id == any_(_keys), _survey.score.is_not(None))
    .group_by(_survey.customer_id)
)
OF_TICKETS = (
    select(Survey.__table__).where(_survey.ticket_id == any_(_keys)).order_by(_survey.asked_at.desc())
)


async def waiting_survey(session: AsyncSession, ticket_id: UUID) -> Survey | None:
    """Return the survey of this ticket that nobody answered yet."""
    return await session.scalar(
        select(Survey).where(Survey.ticket_id == ticket_id, Survey.answered_at.is_(None))
    )


async def survey_of_token(session: AsyncSession, token: str) -> tuple[Survey, Ticket] | None:
    """Return the survey that this token answers, and its ticket, locked."""
    its = equals(session, Survey.token, token)
    query = select(Survey, Ticket).join(Ticket, Ticket.id == Survey.ticket_id).where(its)
    found = (await session.execute(query.with_for_update(of=Ticket))).one_or_none()
    return None if found is None else (found[0], found[1])
