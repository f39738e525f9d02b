"""How much one document may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

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
    characters: int = 100_000
    tokens: int = 2_000
    depth: int = 12
    aliases: int = 30
    directives: int = 50
    fragments: int = 60
    repeats: int = 50
    fields: int = 5_000
    nesting: int = 64  # of input values: whatever reads or writes them recurs
    page: int = 100
    cost: int = 10_000


def parsed(text: str, limits: Limits) -> DocumentNode:
    """Parse a document that is within the limits that need no schema."""
    if len(text) > limits.characters:
        raise refused(
            f"A document may have {limits.characters} characters; send long values as variables", "LIMIT"
        )
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
    _at_most(limits.fragments, counter.fragments, "fragments")
    _at_most(limits.nesting, counter.nesting, "lists and objects within each other")
    _at_most(limits.repeats, counter.repeats, "fields selected twice in one place")
    return document


def check_extent(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits
) -> None:
    """Refuse an operation that is nested too deeply or unfolds to too many fields.

    Its fragments must be free of cycles. Whatever walks through the operation later may unfold them naively.
    """
    extent = _extent(operation.selection_set, fragments, {})
    _at_most(limits.depth, extent.depth, "levels")
    _at_most(limits.fields, extent.fields, "fields with its fragments unfolded")


def check_cost(cost: int, limits: Limits) -> None:
    """Refuse an operation that may cost more than the budget."""
    if cost > limits.cost:
        raise refused(
            f"This operation may cost {cost} and the budget is {limits.cost}; "
            "ask for smaller pages (first) or fewer lists within lists",
            "LIMIT",
            cost=cost,
            budget=limits.cost,
        )


class _Counter(Visitor):
    """Counts what makes a document dear to validate."""

    def __init__(self) -> None:
        super().__init__()
        self.aliases = 0
        self.directives = 0
        self.fragments = 0
        self.repeats = 0
        self.nesting = 0
        self._values = 0
        self._places: list[set[str]] = []  # what each field around has selected so far

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.aliases += node.alias is not None
        self._selected((node.alias or node.name).value)
        self._places.append(set())

    def leave_field(self, *_: object) -> None:
        self._places.pop()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self._selected(f"...{node.name.value}")

    def enter_operation_definition(self, *_: object) -> None:
        self._places.append(set())

    def enter_fragment_definition(self, *_: object) -> None:
        self.fragments += 1
        self._places.append(set())

    def enter_directive(self, *_: object) -> None:
        self.directives += 1

    def enter_object_value(self, *_: object) -> None:
        self._values += 1
        self.nesting = max(self.nesting, self._values)

    def leave_object_value(self, *_: object) -> None:
        self._values -= 1

    enter_list_value, leave_list_value = enter_object_value, leave_object_value

    def _selected(self, what: str) -> None:
        self.repeats += what in self._places[-1]
        self._places[-1].add(what)


class _Extent(NamedTuple):
    depth: int
    fields: int


def _extent(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], known: dict[str, _Extent]
) -> _Extent:
    deepest, fields = 0, 0
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            inner = selection.selection_set
            found = _extent(inner, fragments, known) if inner else _Extent(0, 0)
            # introspection is nested by nature and answered from memory
            own = not selection.name.value.startswith("__")
            found = _Extent((1 + found.depth) * own, 1 + found.fields)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known:
                known[name] = _extent(fragments[name].selection_set, fragments, known)
            found = known[name]
        else:
            assert isinstance(selection, InlineFragmentNode)
            found = _extent(selection.selection_set, fragments, known)
        deepest, fields = max(deepest, found.depth), fields + max(found.fields, 1)
    return _Extent(deepest, fields)


def _at_most(allowed: int, found: int, what: str) -> None:
    if found > allowed:
        raise refused(
            f"A document may have {allowed} {what}, this one has {found}; ask for less at once", "LIMIT"
        )
