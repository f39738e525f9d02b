"""Which events of the services are changes of which subscription field, as their schemas declare it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FieldDefinitionNode,
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
    found = (field for each in objects if each.name.value == root for field in each.fields or ())
    return {
        field.name.value: _live_field(field, directive)
        for field in found
        for directive in field.directives or ()
        if directive.name.value == "live"
    }


def _live_field(field: FieldDefinitionNode, directive: DirectiveNode) -> LiveField:
    said: dict[str, Any] = {
        argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()
    }
    return LiveField(
        name=field.name.value,
        type=_named(field.type),
        arguments=tuple(argument.name.value for argument in field.arguments or ()),
        events=tuple(said["events"]),
        id=said.get("id"),
        caller=tuple(said.get("caller") or ()),
        needs=said.get("needs"),
    )


def _named(declared: TypeNode) -> str:
    inner = declared.type if isinstance(declared, NonNullTypeNode) else declared
    return inner.name.value  # type: ignore[attr-defined,no-any-return]
