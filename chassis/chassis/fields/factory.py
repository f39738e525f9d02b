"""What one object's custom fields add to the graph: `CustomFields("Place", PlaceRow, PLACES, …)`."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from google.protobuf.message import Message
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.errors import Invalid
from chassis.fields import commands, forms, inputs, lists
from chassis.fields.comparing import PREFIX
from chassis.fields.definition import Definition, Json
from chassis.fields.forms import Standard
from chassis.fields.graphql import FieldDefinition, FieldTemplate, Form
from chassis.fields.memory import Schema, known, schema_of
from chassis.fields.models import FieldDefinition as Row
from chassis.fields.telling import tell
from chassis.fields.templates import Template
from chassis.fields.values import write
from chassis.graphql.context import BaseContext
from chassis.graphql.policy import Granted
from chassis.listing import Listing

CONFIGURE = "configure"  # the action that grants name


class CustomFields:
    """The custom fields of one object: their definitions, its form, its values.

    `told_by` is the event that tells of changed values (see telling), `standard` are the fields that its
    form has from the start, `templates` sets of fields to add at once.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        listing: Listing,
        *,
        told_by: type[Message],
        standard: Sequence[Standard] = (),
        templates: Mapping[str, Template] | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.noun = listing.noun
        self.table: Table = model.__table__
        self.standard = standard
        self.templates = templates or {}
        tell(self.table, told_by)

    def queries(self) -> type:
        """Return the root fields that show definitions and the form."""
        small, of = self._small, self.table.name

        async def fields(info: strawberry.Info) -> list[FieldDefinition]:
            return await self._definitions(info.context)

        async def form(info: strawberry.Info) -> Form:
            return self._form(info.context, known(info.context.database).of(of))

        found = {
            f"{of}_fields": strawberry.field(
                resolver=fields,
                name=f"{small}Fields",
                extensions=[Granted(self.noun, "read")],
                description=f"The fields that the company added to {self.name}; "
                "whoever configures them sees retired ones and those hidden from others too.",
            ),
            f"{of}_form": strawberry.field(
                resolver=form,
                name=f"{small}Form",
                extensions=[Granted(self.noun, "read")],
                description=f"The form to enter a {self.name} with; there is one from the start.",
            ),
        }
        if self.templates:
            found[f"{of}_field_templates"] = strawberry.field(
                resolver=self._shown_templates,
                name=f"{small}FieldTemplates",
                extensions=[Granted(self.noun, "read")],
                description=f"Sets of fields that can be added to {self.name} at once.",
            )
        return strawberry.type(type(f"{self.name}FieldQueries", (), found))

    def mutations(self, node: Any) -> type:
        """Return the root fields that change definitions, the form and values of `node`, its type."""
        of = self.table.name
        found = {
            f"define_{of}_field": self._mutation(f"define{self.name}Field", self._define, "Add a field."),
            f"change_{of}_field": self._mutation(f"change{self.name}Field", self._change, "Change a field."),
            f"retire_{of}_field": self._mutation(
                f"retire{self.name}Field", self._retire, "Take a field out of use; its values stay stored."
            ),
            f"change_{of}_form": self._mutation(
                f"change{self.name}Form", self._change_form, "Lay out the form."
            ),
            f"set_{of}_custom_fields": self._set(node),
        }
        if self.templates:
            found[f"apply_{of}_field_template"] = self._mutation(
                f"apply{self.name}FieldTemplate",
                self._apply,
                f"Add the fields of a template that are not there yet: {', '.join(self.templates)}.",
            )
        return strawberry.type(type(f"{self.name}FieldMutations", (), found))

    @property
    def _small(self) -> str:
        return self.name[0].lower() + self.name[1:]

    def _mutation(self, name: str, resolver: Any, description: str) -> Any:
        return strawberry.mutation(
            resolver=resolver,
            name=name,
            extensions=[Granted(self.noun, CONFIGURE)],
            description=f"{description} ({self.name})",
        )

    async def _shown_templates(self) -> list[FieldTemplate]:
        return [FieldTemplate.of(name, each) for name, each in self.templates.items()]

    async def _definitions(self, context: BaseContext) -> list[FieldDefinition]:
        if not context.principal.may(self.noun, CONFIGURE):
            shown = known(context.database).of(self.table.name).fields.values()
            return [FieldDefinition.of(each) for each in lists.shown(shown, context.principal)]
        rows = await context.database.read(_all_of(self.table.name))
        return [FieldDefinition.of(row) for row in rows]

    def _form(self, context: BaseContext, schema: Schema) -> Form:
        own = {each.key: each for each in lists.shown(schema.fields.values(), context.principal)}
        seen = Schema(schema.object, schema.version, schema.revision, own, schema.layout)
        layout = forms.shown(seen.layout, self.standard, seen)
        there = {each["field"] for section in layout["sections"] for each in section["fields"]}
        standard = [
            FieldDefinition.of_standard(each, place)
            for place, each in enumerate(self.standard)
            if each.key in there
        ]
        added = [FieldDefinition.of(each) for key, each in own.items() if PREFIX + key in there]
        return Form(version=schema.version, layout=layout, fields=[*standard, *added])

    async def _define(self, info: strawberry.Info, input: inputs.DefineFieldInput) -> inputs.FieldPayload:
        async def work(session: AsyncSession) -> Row:
            return await commands.define_field(session, self.table, key=input.key, **inputs.told(input))

        return inputs.FieldPayload(field=await self._changed(info.context, input, work))

    async def _change(self, info: strawberry.Info, input: inputs.ChangeFieldInput) -> inputs.FieldPayload:
        async def work(session: AsyncSession) -> Row:
            return await commands.change_field(
                session,
                self.table,
                input.key,
                expected_version=input.expected_version,
                **inputs.told(input),
            )

        return inputs.FieldPayload(field=await self._changed(info.context, input, work))

    async def _retire(self, info: strawberry.Info, input: inputs.RetireFieldInput) -> inputs.FieldPayload:
        async def work(session: AsyncSession) -> Row:
            return await commands.retire_field(
                session, self.table, input.key, expected_version=input.expected_version
            )

        return inputs.FieldPayload(field=await self._changed(info.context, input, work))

    async def _apply(
        self, info: strawberry.Info, input: inputs.ApplyFieldTemplateInput
    ) -> inputs.FieldsPayload:
        if input.template not in self.templates:
            raise Invalid(
                f"There is no template {input.template[:50]!r}; there are {', '.join(self.templates)}",
                path=("input", "template"),
            )

        async def work(session: AsyncSession) -> list[Row]:
            there = (await schema_of(session, self.table.name)).fields
            session.info.pop("fields")
            new = [each for each in self.templates[input.template].definitions() if each.key not in there]
            return [await commands.define_field(session, self.table, **_told(each)) for each in new]

        rows = await self._done(info.context, input, work)
        return inputs.FieldsPayload(fields=[FieldDefinition.of(row) for row in rows])

    async def _change_form(self, info: strawberry.Info, input: inputs.ChangeFormInput) -> inputs.FormPayload:
        async def work(session: AsyncSession) -> Any:
            schema = await schema_of(session, self.table.name)
            layout: Json = input.layout
            if layout is not None:
                layout = forms.check(layout, self.standard, schema, self.table)
            session.info.pop("fields")
            return await commands.change_layout(
                session, self.table.name, layout, expected_version=input.expected_version
            )

        await self._done(info.context, input, work)
        await lists.ready(info.context.database)
        return inputs.FormPayload(
            form=self._form(info.context, known(info.context.database).of(self.table.name))
        )

    async def _changed(self, context: BaseContext, input: Any, work: Any) -> FieldDefinition:
        return FieldDefinition.of(await self._done(context, input, work))

    async def _done(self, context: BaseContext, input: Any, work: Any) -> Any:
        result = await context.change(input, work)
        known(context.database).expire()
        return result

    def _set(self, node: Any) -> Any:
        small = self._small
        shown = {
            "__annotations__": {small: node},
            small: strawberry.field(name=small, description="As it is now."),
        }
        named = f"Set{self.name}CustomFieldsPayload"
        payload: Any = strawberry.type(
            type(named, (), shown), name=named, description="The record as it is now."
        )

        async def set(info: strawberry.Info, input: inputs.SetCustomFieldsInput) -> Any:
            async def work(session: AsyncSession) -> Any:
                row = await fetch(session, self.model, input.id, expected_version=input.expected_version)
                await write(session, row, input.custom)
                return row

            row = await info.context.change(input, work)
            return payload(**{small: node.of(row)})

        return strawberry.mutation(
            resolver=set,
            name=f"set{self.name}CustomFields",
            graphql_type=payload,
            extensions=[Granted(self.noun, "update")],
            description=f"Fill in fields that the company added. ({self.name})",
        )


def _told(definition: Definition) -> dict[str, Any]:
    names = ("key", "type", "label_zh", "label_en", "group")
    return {name: getattr(definition, name) for name in names} | {"settings": dict(definition.settings)}


def _all_of(object: str) -> Any:
    table: Any = Row.__table__
    return select(table).where(table.c.object == object).order_by(table.c.position, table.c.key)
