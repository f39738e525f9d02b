"""Intake forms in the graph, for those who make them."""

from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import BooleanFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from marketing.campaigns.graphql import Campaign
from marketing.campaigns.queries import CAMPAIGNS
from marketing.context import Info
from marketing.forms import commands
from marketing.forms.fields import FormField, FormFieldType
from marketing.forms.queries import FORMS
from marketing.trail import TRAIL

strawberry.enum(FormFieldType, description="What a field takes.")


@strawberry.type(description="One question of a form.")
class IntakeFormField:
    name: str = strawberry.field(description="Name of the answer.")
    label_zh: str = strawberry.field(description="What is asked, in Chinese.")
    label_en: str = strawberry.field(description="What is asked, in English.")
    type: FormFieldType = strawberry.field(description="What it takes.")
    required: bool = strawberry.field(description="Must be answered.")
    choices: list[str] = strawberry.field(description="What can be chosen.")

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Return what the graph shows of a stored field."""
        return cls(**{**stored, "type": FormFieldType(stored["type"])})


@strawberry.federation.type(keys=["id"], description="What a web page asks of people who show interest.")
class IntakeForm:
    id: UUID = strawberry.field(description="Id of the form.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    key: str = strawberry.field(description="Names the form on the web; unique.")
    title: str = strawberry.field(description="What stands above it.")
    source: str = strawberry.field(description="Where its prospects come from, e.g. website.")
    fields: list[IntakeFormField] = strawberry.field(description="What it asks.")
    qualifies: bool = strawberry.field(description="Whether its prospects go to sales at once.")
    published: bool = strawberry.field(description="Whether it is on the web.")
    campaign_id: strawberry.Private[UUID | None]
    history = TRAIL.history(FORMS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            key=row.key,
            title=row.title,
            source=row.source,
            fields=[IntakeFormField.of(field) for field in row.fields],
            qualifies=row.qualifies,
            published=row.published,
            campaign_id=row.campaign_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the form that another subgraph points to."""
        row = await info.context.load(FORMS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The campaign that its prospects are stamped with.")
    async def campaign(self, info: Info) -> Campaign | None:
        row = await info.context.load(CAMPAIGNS, self.campaign_id)
        return Campaign.of(row) if row else None


@strawberry.input(description="Which forms; everything given must hold.")
class IntakeFormFilter:
    key: TextFilter | None = None
    title: TextFilter | None = None
    source: TextFilter | None = None
    campaign_id: IdFilter | None = None
    published: BooleanFilter | None = None


@strawberry.enum(description="What forms can be sorted by.")
class IntakeFormSort(Enum):
    CREATED_AT = "created_at"
    KEY = "key"
    TITLE = "title"


@strawberry.input(description="Order of a list of forms.")
class IntakeFormOrder:
    by: IntakeFormSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class FormQueries:
    @strawberry.field(extensions=[Granted("intake_form", "read")], description="One intake form.")
    async def intake_form(self, info: Info, id: UUID) -> IntakeForm | None:
        row = await info.context.load(FORMS, id)
        return IntakeForm.of(row) if row else None

    @strawberry.field(extensions=[Granted("intake_form", "read")], description="Intake forms, newest first.")
    async def intake_forms(
        self,
        info: Info,
        filter: IntakeFormFilter | None = None,
        where: Where = None,
        sort: IntakeFormOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[IntakeForm]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, FORMS), order)
        return await info.context.page(FORMS, page, IntakeForm.of)


@strawberry.input(description="One question of a form.")
class IntakeFormFieldInput:
    name: str = strawberry.field(
        description="Name of the answer. company, contact_name, email, phone, region, industry, "
        "product_interest and message fill in the prospect; other answers stay with the touchpoint."
    )
    label_zh: str = strawberry.field(description="What is asked, in Chinese.")
    label_en: str = strawberry.field(description="What is asked, in English.")
    type: FormFieldType = strawberry.field(default=FormFieldType.TEXT, description="What it takes.")
    required: bool = strawberry.field(default=False, description="Must be answered.")
    choices: list[str] = strawberry.field(default_factory=list, description="What can be chosen.")

    def field(self) -> FormField:
        """Return the question."""
        return FormField(
            name=self.name,
            label_zh=self.label_zh,
            label_en=self.label_en,
            type=self.type,
            required=self.required,
            choices=tuple(self.choices),
        )


@strawberry.input(description="A form to make.")
class CreateIntakeFormInput(Input):
    key: str = strawberry.field(description="Names the form on the web, e.g. contact-us.")
    title: str = strawberry.field(description="What stands above it.")
    source: str = strawberry.field(description="Where its prospects come from, e.g. website.")
    fields: list[IntakeFormFieldInput] = strawberry.field(description="What it asks.")
    campaign_id: UUID | None = strawberry.field(default=None, description="Stamps its prospects.")
    qualifies: bool = strawberry.field(default=True, description="Its prospects go to sales at once.")


@strawberry.input(description="A form to put on the web, or to take off.")
class PublishIntakeFormInput(ChangeInput):
    id: UUID = strawberry.field(description="Which form.")
    published: bool = strawberry.field(default=True, description="False takes it off the web.")


@strawberry.type(description="The form as it is now.")
class IntakeFormPayload:
    form: IntakeForm = strawberry.field(description="The form.")


@strawberry.type
class FormMutations:
    @strawberry.mutation(
        extensions=[Granted("intake_form", "create")], description="Make a form; publish it to be used."
    )
    async def create_intake_form(self, info: Info, input: CreateIntakeFormInput) -> IntakeFormPayload:
        row = await info.context.change(
            input,
            lambda session: commands.create_intake_form(
                session,
                key=input.key,
                title=input.title,
                source=input.source,
                fields=[asked.field() for asked in input.fields],
                campaign_id=input.campaign_id,
                qualifies=input.qualifies,
            ),
        )
        return IntakeFormPayload(form=IntakeForm.of(row))

    @strawberry.mutation(
        extensions=[Granted("intake_form", "publish")], description="Put a form on the web, or take it off."
    )
    async def publish_intake_form(self, info: Info, input: PublishIntakeFormInput) -> IntakeFormPayload:
        row = await info.context.change(
            input,
            lambda session: commands.publish_intake_form(
                session, input.id, published=input.published, expected_version=input.expected_version
            ),
        )
        return IntakeFormPayload(form=IntakeForm.of(row))
