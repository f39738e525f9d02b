"""Literals become variables, so that documents that differ only in them share one plan."""

from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    coerce_input_literal,
    parse_type,
    print_ast,
    specified_scalar_types,
    visit,
)


def lifted(schema: GraphQLSchema, document: DocumentNode) -> tuple[DocumentNode, dict[str, Any]]:
    """Return the document with its literal arguments as variables, and those variables' values.

    The document holds one operation. Equal literals of one type become one variable, so that fields which
    could be merged before can still be.
    """
    types = TypeInfo(schema)
    lift = _Lift(types, _declared(document))
    document = visit(document, TypeInfoVisitor(types, lift))
    if not lift.values:
        return document, {}
    definitions = (
        _defining(d, lift) if isinstance(d, OperationDefinitionNode) else d for d in document.definitions
    )
    return DocumentNode(definitions=tuple(definitions)), lift.values


def _defining(operation: OperationDefinitionNode, lift: "_Lift") -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=(*(operation.variable_definitions or ()), *lift.definitions),
        directives=operation.directives,
        selection_set=operation.selection_set,
    )


def _declared(document: DocumentNode) -> set[str]:
    return {
        definition.variable.name.value
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        for definition in operation.variable_definitions or ()
    }


class _Lift(Visitor):
    def __init__(self, types: TypeInfo, taken: set[str]) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.definitions: list[VariableDefinitionNode] = []
        self._types = types
        self._taken = taken
        self._names: dict[tuple[str, str], str] = {}

    def enter_argument(self, node: ArgumentNode, *_: object) -> ArgumentNode | None:
        declared = self._types.get_input_type()
        if self._types.get_directive() or declared is None or not _liftable(node.value, declared):
            return None
        key = (str(declared), print_ast(node.value))
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = self._define(node.value, declared)
        return ArgumentNode(name=node.name, value=VariableNode(name=NameNode(value=name)))

    def _define(self, value: ValueNode, declared: GraphQLInputType) -> str:
        number = len(self.values)
        while (name := f"_{number}") in self._taken:
            number += 1
        self._taken.add(name)
        self.values[name] = coerce_input_literal(value, declared)
        variable = VariableNode(name=NameNode(value=name))
        self.definitions.append(VariableDefinitionNode(variable=variable, type=parse_type(str(declared))))
        return name


def _liftable(value: ValueNode, declared: GraphQLInputType) -> bool:
    """Whether the literal means the same as JSON; a custom scalar may read 1.10 and "1.10" differently."""
    if isinstance(value, VariableNode):
        return False
    if isinstance(declared, GraphQLNonNull):
        return _liftable(value, declared.of_type)
    if isinstance(value, NullValueNode):
        return True
    if isinstance(declared, GraphQLList):
        items = value.values if isinstance(value, ListValueNode) else (value,)
        return all(_liftable(item, declared.of_type) for item in items)
    if isinstance(declared, GraphQLInputObjectType):
        return isinstance(value, ObjectValueNode) and all(
            _liftable(field.value, declared.fields[field.name.value].type) for field in value.fields
        )
    if isinstance(declared, GraphQLEnumType):
        return isinstance(value, EnumValueNode)
    assert isinstance(declared, GraphQLScalarType)
    return declared.name in specified_scalar_types or isinstance(value, StringValueNode)
