"""Surveys in the graph."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import DateTimeFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import Input
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted, Public
from chassis.listing import Page
from roundel.service_desk.v1 import service_desk_events_pb2 as events
from service_desk.context import Info
from service_desk.references import Employee
from service_desk.surveys import commands
from service_desk.surveys.queries import SURVEYS
from service_desk.trail import TRAIL


@strawberry.federation.type(keys=["id"], description="What a customer thought of our help with a ticket.")
class Survey:
    id: UUID = strawberry.field(description="Id of the survey.")
    version: int = strawberry.field(description="Rises with every change.")
    ticket_id: UUID = strawberry.field(description="The ticket it is about.")
    customer_id: UUID = strawberry.field(description="Who was asked.")
    agent: Employee | None = strawberry.field(description="Who resolved the ticket.")
    asked_at: datetime = strawberry.field(description="When they were asked.")
    answered_at: datetime | None = strawberry.field(description="When they answered.")
    score: int | None = strawberry.field(description="1 (bad) to 5 (good).")
    comment: str | None = strawberry.field(description="What they added.")
    history = TRAIL.history(SURVEYS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row; the token is for the customer alone."""
        return cls(
            id=row.id,
            version=row.version,
            ticket_id=row.ticket_id,
            customer_id=row.customer_id,
            agent=Employee.of(row.agent_id),
            asked_at=row.asked_at,
            answered_at=row.answered_at,
            score=row.score,
            comment=row.comment,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the survey that another subgraph points to."""
        row = await info.context.load(SURVEYS, UUID(id))
        return cls.of(row) if row else None


@strawberry.type(description="How content a customer is with our help.")
class Satisfaction:
    average: Decimal | None = strawberry.field(description="Mean score, 1 to 5; none without answers.")
    answers: int = strawberry.field(description="How many answers it is the mean of.")


@strawberry.input(description="Compares a score.")
class SurveyScoreFilter:
    eq: int | None = strawberry.field(default=None, description="Equal to.")
    lte: int | None = strawberry.field(default=None, description="At most.")
    gte: int | None = strawberry.field(default=None, description="At least.")


@strawberry.input(description="Which surveys; everything given must hold.")
class SurveyFilter:
    ticket_id: IdFilter | None = None
    customer_id: IdFilter | None = None
    agent_id: IdFilter | None = None
    score: SurveyScoreFilter | None = None
    comment: TextFilter | None = None
    asked_at: DateTimeFilter | None = None
    answered_at: DateTimeFilter | None = None


@strawberry.enum(description="What surveys can be sorted by.")
class SurveySort(Enum):
    ASKED_AT = "asked_at"
    ANSWERED_AT = "answered_at"
    SCORE = "score"


@strawberry.input(description="Order of a list of surveys.")
class SurveyOrder:
    by: SurveySort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class SurveyQueries:
    @strawberry.field(extensions=[Granted("survey", "read")], description="Surveys, latest first.")
    async def surveys(
        self,
        info: Info,
        filter: SurveyFilter | None = None,
        where: Where = None,
        sort: SurveyOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Survey]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, SURVEYS), order)
        return await info.context.page(SURVEYS, page, Survey.of)


@strawberry.input(description="What a customer thought.")
class AnswerSurveyInput(Input):
    token: str = strawberry.field(description="The survey's token, out of the link that was sent.")
    score: int = strawberry.field(description="1 (bad) to 5 (good).")
    comment: str | None = strawberry.field(default=None, description="What they add.")
    at: datetime | None = strawberry.field(
        default=None, description="When they answered, if not now; needs the right survey:import."
    )


@strawberry.type(description="The answer has arrived.")
class SurveyAnswerPayload:
    score: int = strawberry.field(description="The score as it was kept.")


@strawberry.type
class SurveyMutations:
    @strawberry.federation.mutation(
        extensions=[Public()],
        tags=["public"],
        description="Answer a survey, once; open to who has its token.",
    )
    async def answer_survey(self, info: Info, input: AnswerSurveyInput) -> SurveyAnswerPayload:
        if input.at is not None:
            info.context.principal.require("survey", "import")
        survey = await info.context.change(
            input,
            lambda session: commands.answer_survey(
                session, token=input.token, score=input.score, comment=input.comment, at=input.at
            ),
        )
        return SurveyAnswerPayload(score=survey.score or input.score)


@strawberry.type
class SurveySubscriptions:
    survey_changed: Survey = changed(
        Granted("survey", "read"),
        events.SurveyAnswered,
        description="A survey, whenever it changes.",
    )
