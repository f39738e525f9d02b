"""How much one document may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    visit,
)

from gateway.errors import refused


@dataclass(frozen=True)
class Limits:
    """The largest request and document that is answered.

    Twelve levels, because each connection costs three: its own, edges and node.
    """

    body_bytes: int = 1_000_000
    tokens: int = 2_000
    depth: int = 12
    aliases: int = 30
    directives: int = 50


def parsed(text: str, limits: Limits) -> DocumentNode:
    """Parse a document that is within the limits that need no schema."""
    try:
        document = parse(text, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        if "tokens" in error.message:
            raise refused(
                f"A document may have {limits.tokens} tokens; ask for less at once", "LIMIT"
            ) from None
        if "nested too deeply" in error.message:
            raise refused("The document is nested too deeply; ask for fewer levels", "LIMIT") from None
        raise
    counter = _Counter()
    visit(document, counter)
    _at_most(limits.aliases, counter.aliases, "aliases")
    _at_most(limits.directives, counter.directives, "directives")
    return document


def check_depth(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits
) -> None:
    """Refuse an operation that is nested too deeply; its fragments must be free of cycles."""
    _at_most(limits.depth, _depth(operation.selection_set, fragments, {}), "levels")


class _Counter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.aliases = 0
        self.directives = 0

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.aliases += node.alias is not None

    def enter_directive(self, *_: object) -> None:
        self.directives += 1


def _depth(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], known: dict[str, int]
) -> int:
    deepest = 0
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            inner = selection.selection_set
            if selection.name.value.startswith("__"):
                continue  # introspection is nested by nature and answered from memory
            depth = 1 + (_depth(inner, fragments, known) if inner else 0)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known:
                known[name] = _depth(fragments[name].selection_set, fragments, known)
            depth = known[name]
        else:
            assert isinstance(selection, InlineFragmentNode)
            depth = _depth(selection.selection_set, fragments, known)
        deepest = max(deepest, depth)
    return deepest


def _at_most(allowed: int, found: int, what: str) -> None:
    if found > allowed:
        raise refused(
            f"A document may have {allowed} {what}, this one has {found}; ask for less at once", "LIMIT"
        )
