"""What an operation subscribes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    value_from_ast_untyped,
)

from gateway.errors import refused
from gateway.execution.documents import selected_fields
from gateway.supergraph.live import LiveField
from gateway.supergraph.reading import Supergraph


@dataclass(frozen=True)
class Subscription:
    """The one root field of a subscription."""

    field: LiveField
    node: FieldNode

    @classmethod
    def of(
        cls,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        supergraph: Supergraph,
    ) -> Self | None:
        """Return what the operation subscribes to; None when it is a query or mutation."""
        if operation.operation is not OperationType.SUBSCRIPTION:
            return None
        node = next(selected_fields(operation.selection_set, fragments))
        field = supergraph.live.get(node.name.value)
        if field is None:
            raise refused(f"No events are declared for {node.name.value}; read it by a query", "INVALID")
        return cls(field, node)

    def arguments(self, variables: Mapping[str, Any]) -> tuple[str | None, ...]:
        """The values that an event must have, in the order of the field's arguments; None: any."""
        given = {argument.name.value: argument.value for argument in self.node.arguments or ()}
        values = {
            name: variables.get(value.name.value)
            if isinstance(value, VariableNode)
            else value_from_ast_untyped(value)
            for name, value in given.items()
        }
        return tuple(comparable(values.get(name)) for name in self.field.arguments)


def comparable(value: Any) -> str | None:
    """A value as arguments and events are compared: ids in their usual form."""
    if value is None:
        return None
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        return str(value)
