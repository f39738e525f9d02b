"""Fields keep their names below, so that no alias of the caller stands where the planner looks for a key."""

from collections import defaultdict
from collections.abc import Container

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    NameNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_composite_type,
    print_ast,
    visit,
)

from gateway.execution.projection import Keys, response_key


def unaliased(
    schema: GraphQLSchema, document: DocumentNode, required: Container[str]
) -> tuple[DocumentNode, Keys]:
    """Return the document as the planner gets it, and the key of each of the caller's fields in its data.

    A field keeps its name; only where it is selected with several sets of arguments, or of several shapes,
    has each its own alias. `required` are the fields that services require from each other.
    """
    types = TypeInfo(schema)
    naming = _Naming(types, schema, required)
    renamed: DocumentNode = visit(document, TypeInfoVisitor(types, naming))
    return renamed, naming.keys


class _Naming(Visitor):
    def __init__(self, types: TypeInfo, schema: GraphQLSchema, required: Container[str]) -> None:
        super().__init__()
        self.keys: dict[int, str] = {}
        self._types = types
        self._schema = schema
        self._required = required
        self._variants: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        parent, declared = self._types.get_parent_type(), self._types.get_field_def()
        name = node.name.value
        if parent is None or declared is None or parent.name.startswith("__"):
            return None
        if name == "__typename":
            key = name
        elif name.startswith("__"):
            key = f"__{response_key(node)}"
        elif parent is self._schema.mutation_type:
            key = response_key(node)  # what is selected twice shall be done twice
        else:
            key = self._key(node, declared)
        self.keys[id(node)] = key
        return FieldNode(
            alias=NameNode(value=key) if key != name else None,
            name=node.name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )

    def _key(self, node: FieldNode, declared: GraphQLField) -> str:
        name = node.name.value
        variants = self._variants[name]
        # the planner may itself add the field under its name, with the arguments of a requirement
        if not variants and declared.args and name in self._required:
            variants.append(())
        arguments = sorted(print_ast(argument) for argument in node.arguments or ())
        variant = (_shape(declared), *arguments)
        if variant not in variants:
            variants.append(variant)
        number = variants.index(variant)
        return f"__{number}_{name}" if number else name


def _shape(declared: GraphQLField) -> str:
    """The type as far as fields of one response key must agree in it."""
    named = get_named_type(declared.type)
    shape = str(declared.type)
    return shape.replace(named.name, "{}") if is_composite_type(named) else shape
