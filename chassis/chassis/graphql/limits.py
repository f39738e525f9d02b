"""What one document may ask of a service; parsed and checked once per text."""

from collections import OrderedDict
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    parse,
    validate,
)

from chassis.errors import DomainError, LimitExceeded
from chassis.graphql.compiled import Executable

MAX_TOKENS = 10_000
MAX_DEPTH = 20
CACHED_DOCUMENTS = 1_000
LARGEST_CACHED = 100_000

Checked = tuple[Executable | None, list[GraphQLError]]


class Documents:
    """Parsed, validated and compiled documents by their text, the most recently used ones kept."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Checked] = OrderedDict()

    def get(self, text: str) -> Checked:
        """Return the document, or the errors that make it unusable."""
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
            return kept
        checked = self._check(text)
        if len(text) <= LARGEST_CACHED:
            self._kept[text] = checked
            if len(self._kept) > CACHED_DOCUMENTS:
                self._kept.popitem(last=False)
        return checked

    def _check(self, text: str) -> Checked:
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
            _check_depth(document)
        except GraphQLError as error:
            return None, [error]
        except DomainError as error:
            return None, [GraphQLError(error.message, original_error=error, extensions=error.extensions)]
        errors = validate(self._schema, document, max_errors=20)
        return (None, errors) if errors else (Executable(self._schema, document), [])


def _check_depth(document: DocumentNode) -> None:
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and _depth(node, fragments, ()) > MAX_DEPTH:
            raise LimitExceeded(f"A query nests at most {MAX_DEPTH} levels")


def _depth(node: Any, fragments: dict[str, FragmentDefinitionNode], inside: tuple[str, ...]) -> int:
    deepest = 0
    for selection in node.selection_set.selections if node.selection_set else ():
        if isinstance(selection, FieldNode):
            found = 1 + _depth(selection, fragments, inside)
        elif isinstance(selection, InlineFragmentNode):
            found = _depth(selection, fragments, inside)
        else:
            found = _spread_depth(selection, fragments, inside)
        if found > MAX_DEPTH:
            return found
        deepest = max(deepest, found)
    return deepest


def _spread_depth(
    spread: FragmentSpreadNode, fragments: dict[str, FragmentDefinitionNode], inside: tuple[str, ...]
) -> int:
    name = spread.name.value
    if name in inside or name not in fragments:
        return 0  # validation names circles and unknown fragments
    return _depth(fragments[name], fragments, (*inside, name))
