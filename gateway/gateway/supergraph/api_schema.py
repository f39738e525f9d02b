"""The schema that callers see: the supergraph without what is inaccessible or of use to the gateway alone."""

import re
from typing import Any

from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    TypeDefinitionNode,
    Visitor,
    build_ast_schema,
    visit,
)

OF_SPECIFICATIONS = re.compile(r"(join|link|core|federation|connect)__")
KEPT = frozenset(("deprecated", "specifiedBy", "oneOf"))
EXECUTABLE = frozenset(
    (
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
    )
)


def api_schema(supergraph: DocumentNode) -> GraphQLSchema:
    """Build the callers' schema of a supergraph."""
    types = [d for d in supergraph.definitions if isinstance(d, TypeDefinitionNode)]
    hidden = {d.name.value for d in types if _inaccessible(d) or OF_SPECIFICATIONS.match(d.name.value)}
    public = visit(visit(supergraph, _Accessible(hidden)), _Undirected())
    return build_ast_schema(public, assume_valid=True)


def _inaccessible(node: Any) -> bool:
    return any(
        directive.name.value == "inaccessible" for directive in getattr(node, "directives", None) or ()
    )


class _Accessible(Visitor):
    """Removes hidden types and elements, and every mention of a hidden interface or member."""

    def __init__(self, hidden: set[str]) -> None:
        super().__init__()
        self._hidden = hidden

    def enter(self, node: Node, key: object, *_: object) -> Any:
        if isinstance(node, TypeDefinitionNode) and node.name.value in self._hidden:
            return REMOVE
        # elsewhere a mention sits in a field or argument that composition has proved to be hidden too
        if isinstance(node, NamedTypeNode) and isinstance(key, int) and node.name.value in self._hidden:
            return REMOVE
        return REMOVE if _inaccessible(node) else None


class _Undirected(Visitor):
    """Removes the directives that speak to the gateway."""

    def enter_directive_definition(self, node: DirectiveDefinitionNode, *_: object) -> Any:
        return None if any(location.value in EXECUTABLE for location in node.locations) else REMOVE

    def enter_directive(self, node: DirectiveNode, *_: object) -> Any:
        return None if node.name.value in KEPT else REMOVE
