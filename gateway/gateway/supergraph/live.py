"""Which events of the services are changes of which subscription field, as their schemas declare it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FieldDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    value_from_ast_untyped,
)


@dataclass(frozen=True)
class LiveField:
    """A subscription field: what `@live` of its definition says, see `chassis.graphql.live`."""

    name: str
    type: str
    arguments: tuple[str, ...]
    events: tuple[str, ...]
    id: str | None
    caller: tuple[str, ...]
    needs: str | None


def live_fields(objects: Iterable[ObjectTypeDefinitionNode], root: str) -> dict[str, LiveField]:
    """Read the fields of the subscription root that declare their events, by name."""
    fields = [field for each in objects if each.name.value == root for field in each.fields or ()]
    return {
        field.name.value: _live_field(field, said)
        for field in fields
        for directive in field.directives or ()
        if directive.name.value == "live" and "events" in (said := _said(directive))
    }


def _live_field(field: FieldDefinitionNode, said: Mapping[str, Any]) -> LiveField:
    return LiveField(
        name=field.name.value,
        type=_named(field.type),
        arguments=tuple(argument.name.value for argument in field.arguments or ()),
        events=tuple(said["events"]),
        id=said.get("id"),
        caller=tuple(said.get("caller") or ()),
        needs=said.get("needs"),
    )


def _said(directive: DirectiveNode) -> dict[str, Any]:
    arguments = directive.arguments or ()
    return {argument.name.value: value_from_ast_untyped(argument.value) for argument in arguments}


def _named(declared: TypeNode) -> str:
    while isinstance(declared, NonNullTypeNode | ListTypeNode):
        declared = declared.type
    assert isinstance(declared, NamedTypeNode)
    return declared.name.value
