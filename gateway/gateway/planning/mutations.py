"""Mutations one after the other: what one selects is read before the next one changes it."""

from collections import defaultdict
from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from gateway.execution.projection import response_key


def one_by_one(document: DocumentNode) -> list[DocumentNode]:
    """A document for each root field of a mutation, in their order; none for other operations."""
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    if operation.operation is not OperationType.MUTATION:
        return []
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    fields: defaultdict[str, list[FieldNode]] = defaultdict(list)
    for field in _fields(operation.selection_set, fragments):
        if field.name.value != "__typename":
            fields[response_key(field)].append(field)
    return [
        DocumentNode(definitions=(_of(operation, selected), *fragments.values()))
        for selected in fields.values()
    ]


def _fields(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, FragmentSpreadNode):
            yield from _fields(fragments[selection.name.value].selection_set, fragments)
        elif isinstance(selection, InlineFragmentNode):
            yield from _fields(selection.selection_set, fragments)


def _of(operation: OperationDefinitionNode, fields: list[FieldNode]) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=operation.variable_definitions,
        selection_set=SelectionSetNode(selections=tuple(fields)),
    )
