"""Custom values and their definitions in the graph; these types do not grow with the fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Self, cast
from uuid import UUID
from weakref import WeakKeyDictionary

import strawberry
from strawberry.scalars import JSON

from chassis.fields import lists, rollups
from chassis.fields.definition import Definition
from chassis.fields.definition import Json as Stored
from chassis.fields.forms import Standard, definition_of
from chassis.fields.memory import known
from chassis.fields.templates import Template
from chassis.fields.types import TYPES


@strawberry.enum(description="A language that labels and values are shown in.")
class Language(Enum):
    ZH = "zh"
    EN = "en"


@strawberry.federation.type(
    shareable=True, description="What a record holds in one of the fields that the company added."
)
class CustomValue:
    definition: strawberry.Private[Definition]
    key: str = strawberry.field(description="Key of the field.")
    type: str = strawberry.field(description="Type of the field, for example single_select.")
    value: JSON | None = strawberry.field(
        description="The value as it is stored; records written before the field was there have its default."
    )

    @strawberry.field(description="What people call the field.")
    def label(self, language: Language = Language.EN) -> str:
        return self.definition.label(language.value)

    @strawberry.field(description="The value as people read it.")
    def display(self, language: Language = Language.EN) -> str | None:
        if self.value is None:
            return None
        return TYPES[self.type].display(self.value, self.definition, language.value)

    @classmethod
    def of(cls, definition: Definition, custom: Mapping[str, Stored] | None) -> Self:
        """Return what a record's custom values say of a field; nothing when they are kept from the reader."""
        value = None if custom is None else custom.get(definition.key, definition.default)
        return cls(definition=definition, key=definition.key, type=definition.type, value=value)


@strawberry.input(description="A value for one of the fields that the company added.")
class CustomValueInput:
    key: str = strawberry.field(description="Key of the field.")
    value: JSON | None = strawberry.field(
        default=None, description="The value as the field's type takes it; null empties the field."
    )


def entered() -> Any:
    """Return the input field `custom` of a mutation that makes something."""
    return strawberry.field(default_factory=list, description="Values for the fields that the company added.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one request wants of the fields of one kind of object; found out once for all its records."""

    fields: Sequence[Definition]
    seen: Collection[str]
    kept: frozenset[tuple[str, str]]  # as `extensions.masked` lists them
    totals: tuple[Any, Any] | None = None  # whose rows they are, and the statement that finds roll-ups

    @classmethod
    def of(cls, context: Any, object: str, keys: Sequence[str] | None) -> Self:
        here = known(context.database).of(object).fields.values()
        asked = [
            each for each in here if each.visible_to(context.principal) and (keys is None or each.key in keys)
        ]
        seen = {each.key for each in lists.shown(here, context.principal)}
        found = [each for each in asked if each.key in seen and not TYPES[each.type].stored]
        kept = {(lists.noun(object), f"customFields.{each.key}") for each in asked if each.key not in seen}
        return cls(asked, seen, frozenset(kept), lists.totals(object, found) if found else None)

    def values(self, custom: Mapping[str, Stored]) -> list[CustomValue]:
        """Return what a record's custom values say; nothing of what is kept from the reader."""
        return [CustomValue.of(each, custom if each.key in self.seen else None) for each in self.fields]


_ASKED: WeakKeyDictionary[Any, dict[Any, _Asked]] = WeakKeyDictionary()  # by request


@strawberry.type
class Customised:
    """What every type in the graph has whose table has custom fields; name the table in `fields_of`."""

    fields_of: ClassVar[str]
    record: strawberry.Private[Any]

    @strawberry.field(
        description="Values of the fields that the company added, in the form's order: those of the given "
        "keys, or all. Keys that are no fields (any more) are left out; what is kept from the reader is "
        "null, and listed in the answer's `extensions.masked`."
    )
    def custom_fields(self, info: strawberry.Info, keys: list[str] | None = None) -> list[CustomValue]:
        context = info.context
        request = _ASKED.setdefault(context, {})
        revision = known(context.database).of(self.fields_of).revision
        key = (self.fields_of, revision, None if keys is None else tuple(keys))
        if key not in request:
            request[key] = _Asked.of(context, self.fields_of, keys)
        asked = request[key]
        context.masked |= asked.kept
        if asked.totals:  # only what must be looked up makes others wait
            return self._with_totals(context, asked, *asked.totals)  # type: ignore[return-value]
        return asked.values(self.record.custom or {})

    async def _with_totals(
        self, context: Any, asked: _Asked, listing: Any, statement: Any
    ) -> list[CustomValue]:
        rows = await context.rows(statement, self.record.id, by="id_", listing=listing)
        found = rows[0]._mapping if rows else {}
        totals = {each.key: rollups.written(found[each.key]) for each in asked.fields if each.key in found}
        return asked.values({**(self.record.custom or {}), **totals})


@strawberry.federation.type(
    shareable=True,
    description="A field of an object: one that every installation has, or one of the company's.",
)
class FieldDefinition:
    id: UUID | None = strawberry.field(
        description="Id; none for a field that every installation has, or that a template would add."
    )
    version: int | None = strawberry.field(
        description="Rises with every change; pass it as `expectedVersion`."
    )
    standard: bool = strawberry.field(
        description="Whether every installation has it: then the key is its name in the input that creates."
    )
    read_only: bool = strawberry.field(
        description="Whether nobody enters it: it is computed, or a standard field that the suite fills in, "
        "whose key is its name in the object's type."
    )
    key: str = strawberry.field(description="Name that stays; conditions and lists say `custom.<key>`.")
    type: str = strawberry.field(description="Type of its values.")
    label_zh: str = strawberry.field(description="Chinese label.")
    label_en: str = strawberry.field(description="English label.")
    settings: JSON = strawberry.field(description="What the type lets one set: options, bounds, formats.")
    required: bool = strawberry.field(description="It must be given.")
    unique: bool = strawberry.field(description="No two records have the same value.")
    default: JSON | None = strawberry.field(description="What it is when nothing is given.")
    help: str = strawberry.field(description="What to enter.")
    group: str = strawberry.field(description="Fields of one group stand together.")
    position: int = strawberry.field(description="Place in the order, from 0.")
    visible_when: JSON | None = strawberry.field(description="Condition under which it is asked.")
    required_when: JSON | None = strawberry.field(description="Condition under which it must be given.")
    roles: list[str] = strawberry.field(description="Who may see it; everybody, if empty.")
    retired: bool = strawberry.field(description="Out of use: neither shown nor asked.")

    @classmethod
    def of(cls, known: Any) -> Self:
        """Return what the graph shows of a definition or its row."""
        return cls(
            id=known.id if known.version else None,
            version=known.version or None,
            standard=False,
            read_only=TYPES[known.type].computed,
            key=known.key,
            type=known.type,
            label_zh=known.label_zh,
            label_en=known.label_en,
            settings=cast(Any, dict(known.settings)),
            required=known.required,
            unique=known.unique,
            default=known.default,
            help=known.help,
            group=known.group,
            position=known.position,
            visible_when=known.visible_when,
            required_when=known.required_when,
            roles=list(known.roles),
            retired=known.retired,
        )

    @classmethod
    def of_standard(cls, standard: Standard, place: int) -> Self:
        """Return what the graph shows of a field that every installation has."""
        shown = cls.of(definition_of(standard, place))
        shown.standard, shown.read_only = True, standard.read_only
        return shown


@strawberry.federation.type(shareable=True, description="How the fields of an object are laid out for entry.")
class Form:
    version: int = strawberry.field(
        description="Rises with every change of the form or a field; pass it as `expectedVersion`."
    )
    layout: JSON = strawberry.field(
        description="`{version, sections: [{title: {zh, en}, columns, visibleWhen, "
        "fields: [{field, width}]}]}`; "
        "a field is a standard field's key or `custom.<key>`."
    )
    fields: list[FieldDefinition] = strawberry.field(description="The fields that the layout names.")


@strawberry.federation.type(shareable=True, description="Fields that can be added to an object at once.")
class FieldTemplate:
    name: str = strawberry.field(description="Name to apply it by.")
    label_zh: str = strawberry.field(description="Chinese label.")
    label_en: str = strawberry.field(description="English label.")
    fields: list[FieldDefinition] = strawberry.field(description="The fields that it adds.")

    @classmethod
    def of(cls, name: str, template: Template) -> Self:
        """Return what the graph shows of a template."""
        fields = [FieldDefinition.of(each) for each in template.definitions()]
        return cls(name=name, label_zh=template.label_zh, label_en=template.label_en, fields=fields)
