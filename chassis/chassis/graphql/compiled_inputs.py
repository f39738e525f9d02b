"""Input objects out of coerced values, by steps that are found once instead of for every value."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from strawberry import UNSET
from strawberry.federation import Schema
from strawberry.scalars import is_scalar
from strawberry.types.arguments import InputContext
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

Convert = Callable[[Any, InputContext], Any]


def quicken(schema: Schema) -> Schema:
    """Let the schema make its input objects by such steps, and return it."""
    for known in schema.schema_converter.type_map.values():
        definition = known.definition
        if not isinstance(definition, StrawberryObjectDefinition) or not definition.is_input:
            continue
        if not any(isinstance(field.type, StrawberryMaybe) for field in definition.fields):
            definition.from_input = definition.from_input or _Making(definition)
    return schema


class _Making:
    """Makes the input objects of one type."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self._definition = definition
        self._steps: list[tuple[str, str, Convert | None]] | None = None
        self._absent: dict[str, None] = {}

    def __call__(self, kind: type, value: Mapping[str, Any], context: InputContext) -> Any:
        if self._steps is None:
            self._steps = self._find(context)
        given: dict[str, Any] = {**self._absent}
        for name, attribute, convert in self._steps:
            if name in value:
                given[attribute] = _converted(value[name], convert, context)
        return kind(**given)

    def _find(self, context: InputContext) -> list[tuple[str, str, Convert | None]]:
        fields = self._definition.fields
        self._absent = {
            field.python_name: None
            for field in fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        types = [field.resolve_type(type_definition=self._definition) for field in fields]
        return [
            (context.config.name_converter.from_field(field), field.python_name, _conversion(type, context))
            for field, type in zip(fields, types, strict=True)
        ]


def _converted(value: Any, convert: Convert | None, context: InputContext) -> Any:
    return value if convert is None or value is None or value is UNSET else convert(value, context)


def _conversion(type: Any, context: InputContext) -> Convert | None:
    """Return how values of a type are made; None for those that are what they are."""
    if isinstance(type, StrawberryOptional):
        return _conversion(type.of_type, context)
    if isinstance(type, StrawberryList):
        of = _conversion(type.of_type, context)
        return lambda values, context: [_converted(value, of, context) for value in values]
    if isinstance(type, StrawberryEnumDefinition) or has_enum_definition(type):
        return None
    if is_scalar(type, context.scalar_registry):
        return None
    making = type.__strawberry_definition__.from_input if has_object_definition(type) else None
    if making is not None:
        return lambda value, context: making(type, value, context)
    return lambda value, context: context.convert(value, type)
