"""Intake forms in the graph, for everybody: what a web page needs to show one and to send it."""

from datetime import datetime
from uuid import UUID

import strawberry

from chassis.graphql.inputs import Input
from chassis.graphql.policy import Public
from marketing.context import Info
from marketing.forms import commands
from marketing.forms.graphql import IntakeFormField
from marketing.forms.queries import PUBLISHED


@strawberry.type(description="A form on the web.")
class PublicForm:
    key: str = strawberry.field(description="Names the form; submit it with this key.")
    title: str = strawberry.field(description="What stands above it.")
    fields: list[IntakeFormField] = strawberry.field(description="What it asks.")


@strawberry.input(description="One answer.")
class FormAnswerInput:
    name: str = strawberry.field(description="Name of the form's field.")
    value: str = strawberry.field(description="What was filled in.")


@strawberry.input(description="What somebody filled in.")
class SubmitIntakeFormInput(Input):
    form_key: str = strawberry.field(description="Which form.")
    answers: list[FormAnswerInput] = strawberry.field(description="The answers; blank ones count as none.")
    page: str | None = strawberry.field(default=None, description="Address of the page with the form.")
    at: datetime | None = strawberry.field(
        default=None, description="When it was filled in, if not now; needs the right prospect:import."
    )


@strawberry.type(description="The submission has arrived.")
class SubmissionPayload:
    receipt: UUID = strawberry.field(description="Id of this submission, to be quoted in questions about it.")


@strawberry.type
class PublicFormQueries:
    @strawberry.federation.field(
        extensions=[Public()],
        tags=["public"],
        description="A form on the web, by its key; open to everybody.",
    )
    async def public_form(self, info: Info, key: str) -> PublicForm | None:
        rows = await info.context.database.read(PUBLISHED, {"key": key})
        return next(
            (
                PublicForm(
                    key=row.key, title=row.title, fields=[IntakeFormField.of(one) for one in row.fields]
                )
                for row in rows
            ),
            None,
        )


@strawberry.type
class PublicFormMutations:
    @strawberry.federation.mutation(
        extensions=[Public()], tags=["public"], description="Submit a form on the web; open to everybody."
    )
    async def submit_intake_form(self, info: Info, input: SubmitIntakeFormInput) -> SubmissionPayload:
        if input.at is not None:
            info.context.principal.require("prospect", "import")
        touchpoint = await info.context.change(
            input,
            lambda session: commands.submit_intake_form(
                session,
                key=input.form_key,
                answers=[(answer.name, answer.value) for answer in input.answers],
                page=input.page,
                at=input.at,
            ),
        )
        return SubmissionPayload(receipt=touchpoint.id)
