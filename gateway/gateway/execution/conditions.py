"""@skip and @include, decided before planning: a plan and a projection know nothing of them."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    REMOVE,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    NameNode,
    Node,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

DECIDING = frozenset(("skip", "include"))


def deciding_variables(document: DocumentNode) -> tuple[str, ...]:
    """The variables that decide what is skipped or included."""
    found = _Variables()
    visit(document, found)
    return tuple(sorted(found.names))


def is_wanted(selection: SelectionNode, values: Mapping[str, Any]) -> bool:
    """Whether a selection is neither skipped nor left out for these values of the variables."""
    for directive in selection.directives or ():
        if directive.name.value in DECIDING and _holds(directive, values) is (directive.name.value == "skip"):
            return False
    return True


def decided(document: DocumentNode, values: Mapping[str, Any]) -> DocumentNode:
    """The document without what is skipped; a selection left with nothing asks for the type's name."""
    result: DocumentNode = visit(document, _Decide(values))
    return result


def _holds(directive: DirectiveNode, values: Mapping[str, Any]) -> bool:
    value = next(a.value for a in directive.arguments or () if a.name.value == "if")
    if isinstance(value, VariableNode):
        return bool(values.get(value.name.value))
    return isinstance(value, BooleanValueNode) and value.value


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in DECIDING:
            values = [argument.value for argument in node.arguments or ()]
            self.names.update(value.name.value for value in values if isinstance(value, VariableNode))


class _Decide(Visitor):
    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._values = values

    def enter(self, node: Node, *_: object) -> Any:
        return REMOVE if isinstance(node, SelectionNode) and not is_wanted(node, self._values) else None

    def leave_directive(self, node: DirectiveNode, *_: object) -> Any:
        return REMOVE if node.name.value in DECIDING else None

    def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode | None:
        if node.selections:
            return None
        return SelectionSetNode(selections=(FieldNode(name=NameNode(value="__typename")),))
