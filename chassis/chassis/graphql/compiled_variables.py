"""The variables of an operation: leaves and lists of leaves, as gateways send them, cost no look at types."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    is_leaf_type,
)
from graphql.execution import get_variable_values
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

MAX_ERRORS = 50

Coerce = Callable[[Any], Any]  # raises for what is not simply right
Simple = tuple[str, GraphQLVariableSignature, Coerce]


class Variables:
    """What the variables of an operation amount to; the results are those of graphql-core."""

    def __init__(self, schema: GraphQLSchema, declared: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._declared = declared

    def values(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the coerced values, or what is wrong with them."""
        simple = self._simple
        if simple is not None:
            try:
                coerced = {name: coerce(given[name]) for name, _, coerce in simple}
                sources = {name: VariableValueSource(of, given[name]) for name, of, _ in simple}
                return VariableValues(sources, coerced)
            except Exception:  # noqa: S110  graphql-core says what is wrong, or knows better
                pass
        return get_variable_values(self._schema, self._declared, given, max_errors=MAX_ERRORS)

    @cached_property
    def _simple(self) -> list[Simple] | None:
        """Return all variables, if each is of a simple type."""
        found: list[Simple] = []
        for node in self._declared:
            of = get_variable_signature(self._schema, node)
            coerce = None if isinstance(of, GraphQLError) else _coercion(of.type)
            if isinstance(of, GraphQLError) or coerce is None:
                return None
            found.append((of.name, of, coerce))
        return found


def _coercion(type: GraphQLInputType) -> Coerce | None:
    if not isinstance(type, GraphQLNonNull):
        needed = _coercion(GraphQLNonNull(type))
        return needed and (lambda value: None if value is None else needed(value))
    inner = type.of_type
    if is_leaf_type(inner):
        return _leaf(inner)
    if (
        isinstance(inner, GraphQLList)
        and isinstance(inner.of_type, GraphQLNonNull)
        and is_leaf_type(inner.of_type.of_type)
    ):
        return _items(_leaf(inner.of_type.of_type))
    return None


def _leaf(type: Any) -> Coerce:
    coerce = type.coerce_input_value

    def coerced(value: Any) -> Any:
        if value is None or (found := coerce(value)) is Undefined:
            raise ValueError
        return found

    return coerced


def _items(coerce: Coerce) -> Coerce:
    def coerced(values: Any) -> list[Any]:
        if values.__class__ is not list:
            raise TypeError
        return [coerce(value) for value in values]

    return coerced
