"""The documents that a plan sends to the subgraphs: what they answer, and how an event is asked about."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from gateway.supergraph.reading import Supergraph

EVENT = "__event"


def answered_keys(operation: str, below: str | None = None) -> list[str]:
    """The response keys at a fetch's root, or below one of its root fields."""
    root, fragments = _read(operation)
    fields = list(selected_fields(root.selection_set, fragments))
    if below is not None:
        inner = [field.selection_set for field in fields if _key(field) == below]
        fields = [field for selections in inner for field in selected_fields(selections, fragments)]
    return list(dict.fromkeys(_key(field) for field in fields if field.name.value != "__typename"))


def entity_of_event(node: Mapping[str, Any], supergraph: Supergraph) -> tuple[str, dict[str, Any]]:
    """Return the response key of a subscription, and the fetch that asks about the entity instead."""
    operation, fragments = _read(node["operation"])
    [root] = selected_fields(operation.selection_set, fragments)
    assert root.selection_set is not None
    used = used_variables(root.selection_set, *fragments.values())
    declared = [d for d in operation.variable_definitions or () if d.variable.name.value in used]
    variables = ", ".join([f"${EVENT}: [_Any!]!", *map(print_ast, declared)])
    entity = f"... on {supergraph.live[root.name.value].type} {print_ast(root.selection_set)}"
    query = f"query({variables}) {{ _entities(representations: ${EVENT}) {{ {entity} }} }}"
    return _key(root), {
        "serviceName": node["serviceName"],
        "operation": " ".join([query, *map(print_ast, fragments.values())]),
        "variableUsages": [definition.variable.name.value for definition in declared],
    }


def used_variables(*parts: Node) -> set[str]:
    """The names of the variables that parts of a document use."""
    used = _Variables()
    for part in parts:
        visit(part, used)
    return used.names


def selected_fields(
    selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields selected at this level, wherever fragments put them."""
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, FragmentSpreadNode):
            yield from selected_fields(fragments[selection.name.value].selection_set, fragments)
        else:
            yield from selected_fields(selection.selection_set, fragments)  # type: ignore[attr-defined]


def _read(operation: str) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    document = parse(operation, no_location=True)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    return next(d for d in document.definitions if isinstance(d, OperationDefinitionNode)), fragments


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)
