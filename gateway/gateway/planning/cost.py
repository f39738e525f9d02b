"""What the answer to an operation may cost, known before anything runs.

An object costs 1, ten scalars cost 1; what a list holds is counted as often as the list may be long.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    coerce_input_literal,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)

from gateway.errors import refused

# prices are kept in tenths, so that they stay whole
UNIT = 10
OBJECT = UNIT
SCALAR = 1
MUTATION = 50 * UNIT

USUAL_PAGE = 20
USUAL_LIST = 5  # lists that may grow are paged, so the others are short
PAGE_SIZES = ("first", "last")

UTMOST = 10**15  # no answer comes near, and JSON holds it

Values = Mapping[str, Any]
Size = Callable[[Values], int]
Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True)
class Price:
    """A fixed part, and parts that are paid as often as the variables say."""

    fixed: int
    repeated: tuple[tuple[Size, "Price"], ...] = ()

    def of(self, variables: Values) -> int:
        """The cost with these variables; a page larger than any is refused as LIMIT."""
        return min(-(-self._tenths(variables) // UNIT), UTMOST)

    def _tenths(self, variables: Values) -> int:
        total = self.fixed
        for size, price in self.repeated:
            total += size(variables) * price._tenths(variables)
        return total


class Pricing:
    """Compiles the prices of a schema's operations."""

    def __init__(self, schema: GraphQLSchema, largest_page: int) -> None:
        self._schema = schema
        self._largest_page = largest_page

    def price(self, operation: OperationDefinitionNode, fragments: Fragments) -> Price:
        """The price of an operation whose @skip and @include are decided."""
        root = self._schema.get_root_type(operation.operation)
        each = MUTATION if operation.operation is OperationType.MUTATION else 0
        return self._selected(root, [operation.selection_set], fragments, None, each)

    def _selected(
        self,
        parent: Any,
        selections: list[SelectionSetNode],
        fragments: Fragments,
        page: Size | None,
        each: int = 0,
    ) -> Price:
        """The price of a selection; `page` sizes the lists directly below, `each` is added per field."""
        fields: dict[tuple[str, str], tuple[Any, list[FieldNode]]] = {}
        for selection in selections:
            self._collect(parent, selection, fragments, fields)
        prices = [self._field(owner, nodes, fragments, page) for owner, nodes in fields.values()]
        fixed = sum(price.fixed + each for price in prices)
        return Price(fixed, tuple(repeated for price in prices for repeated in price.repeated))

    def _collect(
        self,
        parent: Any,
        selections: SelectionSetNode,
        fragments: Fragments,
        fields: dict[tuple[str, str], tuple[Any, list[FieldNode]]],
    ) -> None:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                key = (parent.name, (selection.alias or selection.name).value)
                fields.setdefault(key, (parent, []))[1].append(selection)
                continue
            fragment: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                fragment = fragments[selection.name.value]
            condition = fragment.type_condition
            narrowed = self._schema.type_map[condition.name.value] if condition else parent
            self._collect(narrowed, fragment.selection_set, fragments, fields)

    def _field(
        self,
        parent: GraphQLObjectType | GraphQLInterfaceType,
        nodes: list[FieldNode],
        fragments: Fragments,
        page: Size | None,
    ) -> Price:
        name = nodes[0].name.value
        if name.startswith("__"):
            return Price(0)  # answered from memory
        field = parent.fields[name]
        own = self._page(field, nodes[0])
        listed = isinstance(get_nullable_type(field.type), GraphQLList)
        one = self._one(field.type, nodes, fragments, None if listed else own)
        if not listed and own and all(size is not own for size, _ in one.repeated):
            return Price(
                one.fixed, (*one.repeated, (own, Price(0)))
            )  # free, and still refused when too large
        if not listed:
            return one
        size = own or page
        if size is None:
            return Price(
                one.fixed * USUAL_LIST, ((_usual_list, Price(0, one.repeated)),) if one.repeated else ()
            )
        return Price(0, ((size, one),))

    def _one(
        self, declared: GraphQLOutputType, nodes: list[FieldNode], fragments: Fragments, page: Size | None
    ) -> Price:
        named = get_named_type(declared)
        if not is_composite_type(named):
            return Price(SCALAR)
        inner = [node.selection_set for node in nodes if node.selection_set]
        below = self._selected(named, inner, fragments, page)
        return Price(OBJECT + below.fixed, below.repeated)

    def _page(self, field: GraphQLField, node: FieldNode) -> Size | None:
        """How many rows the field is asked for; None when it is not paged."""
        sized = [
            name
            for name in PAGE_SIZES
            if name in field.args and get_nullable_type(field.args[name].type) is GraphQLInt
        ]
        if not sized:
            return None
        asked = [_argument(field, node, name) for name in sized]
        largest = self._largest_page

        def size(variables: Values) -> int:
            for value in asked:
                rows = value(variables)
                if rows is not None:
                    return _checked(rows, largest, node.name.value)
            return USUAL_PAGE

        return size


def _argument(field: GraphQLField, node: FieldNode, name: str) -> Callable[[Values], int | None]:
    declared = field.args[name]
    written = declared.ast_node.default_value if declared.ast_node else None
    default = coerce_input_literal(written, declared.type) if written else None
    given = next((a.value for a in node.arguments or () if a.name.value == name), None)
    if isinstance(given, VariableNode):
        variable = given.name.value
        return lambda values: values.get(variable, default)
    constant = default if given is None else coerce_input_literal(given, declared.type)
    return lambda values: constant


def _checked(rows: int, largest: int, name: str) -> int:
    if rows > largest:
        raise refused(
            f"{name} was asked for {rows} rows and gives at most {largest}; page on with the cursor", "LIMIT"
        )
    return max(rows, 0)


def _usual_list(_: Values) -> int:
    return USUAL_LIST
