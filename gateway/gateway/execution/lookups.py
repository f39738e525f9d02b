"""Root fields whose arguments name the key of what they return, and documents that hold several of them."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_nullable_type,
    parse,
    print_ast,
    visit,
)

from gateway.execution.documents import used_variables


@dataclass(frozen=True)
class Key:
    """An entity's type and key field, and the variable that tells the key."""

    typename: str
    field: str
    variable: str

    @property
    def requirement(self) -> list[Any]:
        """How a plan says that a fetch needs this key and nothing else."""
        selections = [{"kind": "Field", "name": name} for name in ("__typename", self.field)]
        return [{"kind": "InlineFragment", "typeCondition": self.typename, "selections": selections}]


def keys(operation: str, schema: GraphQLSchema) -> dict[str, list[Key]]:
    """Of each root field, by its response key: the arguments that name a field of what it returns."""
    return {_name(f): _keys_of(f, schema) for f in _fields(_operation(parse(operation, no_location=True)))}


class Lookup:
    """A query whose root fields each find an entity by its key."""

    def __init__(self, document: DocumentNode) -> None:
        self._operation = _operation(document)
        self._fragments = [d for d in document.definitions if isinstance(d, FragmentDefinitionNode)]
        self._written: dict[int, str] = {}
        self.names = [_name(field) for field in _fields(self._operation)]

    @classmethod
    def of(cls, operation: str, schema: GraphQLSchema) -> "Lookup | None":
        """Read an operation; None if it is anything else."""
        document = parse(operation, no_location=True)
        found = cls(document)
        roots = found._operation.selection_set.selections
        fields = _fields(found._operation)
        looks_up = len(fields) == len(roots) and all(_keys_of(field, schema) for field in fields)
        return found if looks_up and not used_variables(*found._fragments) else None

    def several(self, count: int) -> str:
        """A document that asks the same so many times, each time with variables and fields of its own."""
        if count not in self._written:
            self._written[count] = self._several(count)
        return self._written[count]

    def _several(self, count: int) -> str:
        each = [visit(self._operation, _Numbered(number)) for number in range(count)]
        joined = OperationDefinitionNode(
            operation=self._operation.operation,
            variable_definitions=tuple(v for one in each for v in one.variable_definitions),
            selection_set=SelectionSetNode(
                selections=tuple(
                    _aliased(field, numbered(number, _name(field)))
                    for number, one in enumerate(each)
                    for field in _fields(one)
                )
            ),
        )
        return " ".join(map(print_ast, (joined, *self._fragments)))


def numbered(number: int, name: str) -> str:
    """A name of its own for each time that the same is asked."""
    return f"_{number}_{name}"


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))


def _fields(operation: OperationDefinitionNode) -> list[FieldNode]:
    return [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]


def _name(field: FieldNode) -> str:
    return (field.alias or field.name).value


def _aliased(field: FieldNode, alias: str) -> FieldNode:
    return FieldNode(
        alias=NameNode(value=alias),
        name=field.name,
        arguments=field.arguments,
        directives=field.directives,
        selection_set=field.selection_set,
    )


def _keys_of(field: FieldNode, schema: GraphQLSchema) -> list[Key]:
    declared = schema.query_type.fields.get(field.name.value) if schema.query_type else None
    entity = get_nullable_type(declared.type) if declared else None
    if declared is None or not isinstance(entity, GraphQLObjectType):
        return []
    return [
        Key(entity.name, argument.name.value, argument.value.name.value)
        for argument in field.arguments or ()
        if isinstance(argument.value, VariableNode)
        and (given := declared.args.get(argument.name.value))
        and (held := entity.fields.get(argument.name.value))
        and get_nullable_type(given.type) is get_nullable_type(held.type)
    ]


class _Numbered(Visitor):
    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def enter_variable(self, node: VariableNode, *_: object) -> VariableNode:
        return VariableNode(name=NameNode(value=numbered(self._number, node.name.value)))
