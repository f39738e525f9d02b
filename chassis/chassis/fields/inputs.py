"""Inputs and payloads of what is done to fields in the graph; every object has the same."""

from dataclasses import fields
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from chassis.fields.graphql import CustomValueInput, FieldDefinition, Form
from chassis.graphql.inputs import ChangeInput, Input


@strawberry.input(description="A field to add to an object.")
class DefineFieldInput(Input):
    key: str = strawberry.field(description="Name that stays: small letters, digits and underscores.")
    type: str = strawberry.field(description="Type of its values, for example text, money, single_select.")
    label_zh: str = strawberry.field(description="Chinese label.")
    label_en: str = strawberry.field(description="English label.")
    settings: JSON | None = strawberry.field(
        default=None, description="What the type lets one set: options, bounds, formats."
    )
    required: bool = strawberry.field(default=False, description="It must be given.")
    unique: bool = strawberry.field(default=False, description="No two records have the same value.")
    default: JSON | None = strawberry.field(default=None, description="What it is when nothing is given.")
    help: str = strawberry.field(default="", description="What to enter.")
    group: str = strawberry.field(default="", description="Fields of one group stand together.")
    position: int | None = strawberry.field(
        default=None, description="Place in the order; the last, if not given."
    )
    visible_when: JSON | None = strawberry.field(
        default=None, description="Condition under which it is asked."
    )
    required_when: JSON | None = strawberry.field(
        default=None, description="Condition under which it must be given."
    )
    roles: list[str] = strawberry.field(
        default_factory=list, description="Who may see it; everybody, if empty."
    )


@strawberry.input(description="What is to change of a field; what is not given stays.")
class ChangeFieldInput(ChangeInput):
    key: str = strawberry.field(description="Which field.")
    type: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another type, when it can keep every value that is stored."
    )
    label_zh: str | None = strawberry.field(default=strawberry.UNSET, description="Chinese label.")
    label_en: str | None = strawberry.field(default=strawberry.UNSET, description="English label.")
    settings: JSON | None = strawberry.field(default=strawberry.UNSET, description="All settings anew.")
    required: bool | None = strawberry.field(default=strawberry.UNSET, description="It must be given.")
    unique: bool | None = strawberry.field(
        default=strawberry.UNSET, description="No two records have the same value."
    )
    default: JSON | None = strawberry.field(default=strawberry.UNSET, description="Default; null for none.")
    help: str | None = strawberry.field(default=strawberry.UNSET, description="What to enter.")
    group: str | None = strawberry.field(default=strawberry.UNSET, description="Group.")
    position: int | None = strawberry.field(default=strawberry.UNSET, description="Place in the order.")
    visible_when: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Condition under which it is asked; null for always."
    )
    required_when: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Condition under which it must be given; null for none."
    )
    roles: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Who may see it.")


@strawberry.input(description="A field to take out of use.")
class RetireFieldInput(ChangeInput):
    key: str = strawberry.field(description="Which field.")


@strawberry.input(description="Another form.")
class ChangeFormInput(ChangeInput):
    layout: JSON | None = strawberry.field(
        default=None, description="As `Form.layout` shows it; null brings the built-in form back."
    )


@strawberry.input(description="Fields to add as a template has them.")
class ApplyFieldTemplateInput(Input):
    template: str = strawberry.field(description="Name of the template.")


@strawberry.input(description="Values for fields that the company added.")
class SetCustomFieldsInput(ChangeInput):
    id: UUID = strawberry.field(description="Which record.")
    custom: list[CustomValueInput] = strawberry.field(description="The values; other fields stay.")


@strawberry.federation.type(shareable=True, description="The field as it is now.")
class FieldPayload:
    field: FieldDefinition = strawberry.field(description="The field.")


@strawberry.federation.type(shareable=True, description="The fields as they are now.")
class FieldsPayload:
    fields: list[FieldDefinition] = strawberry.field(description="The fields.")


@strawberry.federation.type(shareable=True, description="The form as it is now.")
class FormPayload:
    form: Form = strawberry.field(description="The form.")


_NOT_TOLD = ("key", "idempotency_key", "expected_version", "reason")
_MAY_BE_NULL = ("default", "visible_when", "required_when")


def told(input: DefineFieldInput | ChangeFieldInput) -> dict[str, Any]:
    """Return what an input says of a field, by column."""
    given = {each.name: getattr(input, each.name) for each in fields(input) if each.name not in _NOT_TOLD}
    return {
        name: value
        for name, value in given.items()
        if value is not strawberry.UNSET and (value is not None or name in _MAY_BE_NULL)
    }
