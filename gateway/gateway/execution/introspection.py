"""The part of an operation that the schema itself answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    execute_sync,
    visit,
)

OF_SCHEMA = frozenset(("__schema", "__type"))


@dataclass(frozen=True)
class Introspection:
    """The introspection fields of an operation."""

    schema: GraphQLSchema
    document: DocumentNode

    @classmethod
    def of(cls, document: DocumentNode, schema: GraphQLSchema, fields: set[str]) -> "Introspection | None":
        """Return what the schema must answer, or None when that is nothing."""
        if fields.isdisjoint(OF_SCHEMA):
            return None
        return cls(schema, _replaced(document, schema, lambda name: not name.startswith("__")))

    def answer(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Answer from the schema, under keys that no service's field has."""
        data = execute_sync(self.schema, self.document, variable_values=dict(variables)).data or {}
        return {f"__{key}": value for key, value in data.items() if type(value) is not str}


def answerable_by_services(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """The document with introspection fields replaced by the harmless `__typename`."""
    return _replaced(document, schema, lambda name: name in OF_SCHEMA)


def root_fields(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> set[str]:
    """The names of an operation's root fields, wherever its fragments put them."""
    names: set[str] = set()
    pending = [operation.selection_set]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                pending.append(fragments[selection.name.value].selection_set)
            elif isinstance(selection, InlineFragmentNode):
                pending.append(selection.selection_set)
    return names


def _replaced(document: DocumentNode, schema: GraphQLSchema, unwanted: Any) -> DocumentNode:
    types = TypeInfo(schema)
    replaced: DocumentNode = visit(document, TypeInfoVisitor(types, _Replace(types, schema, unwanted)))
    return replaced


class _Replace(Visitor):
    def __init__(self, types: TypeInfo, schema: GraphQLSchema, unwanted: Any) -> None:
        super().__init__()
        self._types = types
        self._root = schema.query_type
        self._unwanted = unwanted

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        if self._types.get_parent_type() is not self._root or not self._unwanted(node.name.value):
            return None
        alias = node.alias or node.name
        return FieldNode(alias=alias, name=NameNode(value="__typename"), directives=node.directives)
