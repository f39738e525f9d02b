"""From the merged data to the answer: exactly what was selected, nulls propagated, compiled once."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)

from gateway.execution.conditions import is_wanted
from gateway.execution.merging import Entity

Lost = list[str]
Complete = Callable[[Any, Lost], Any]
Composite = GraphQLObjectType | GraphQLInterfaceType
Place = list[str | int]
Tree = Mapping[str, Mapping[str, Any]]  # from the data's keys to the caller's keys and their trees
Keys = Mapping[int, str]  # by the identity of the caller's field


class Fields:
    """What is selected of an object type, in the order of the answer."""

    __slots__ = ("completed", "constants", "required", "sources")

    def __init__(self) -> None:
        self.sources: list[tuple[str, str]] = []  # response key, key in the data
        self.completed: list[tuple[str, Complete]] = []
        self.constants: dict[str, str] = {}  # the type's name, where it is asked for
        self.required: list[tuple[str, str]] = []  # "Type.field" where null is not allowed


class Projector:
    """Projects data on one operation, for one set of values of its @skip and @include variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, Any],
        keys: Keys,
    ) -> None:
        """`keys` tells where in the data each field of the operation is."""
        self._schema = schema
        self._fragments = fragments
        self._conditions = conditions
        self._keys = keys
        root = schema.get_root_type(operation.operation)
        self._root_fields = self._compiled(root, [operation.selection_set])
        self._selected = self._tree(operation.selection_set)

    def project(self, data: Entity, lost: Lost) -> Entity | None:
        """Return the answer's data; `lost` receives the non-null fields that had no value."""
        return _filled(data, self._root_fields, lost)

    def visible(self, place: Sequence[str | int]) -> list[Place]:
        """Where the caller sees a place of the data, each as far as the caller selected it."""
        found: list[tuple[Place, Tree]] = [([], self._selected)]
        for step in place:
            if isinstance(step, int):
                found = [([*seen, step], tree) for seen, tree in found]
                continue
            deeper = [
                ([*seen, key], inner) for seen, tree in found for key, inner in tree.get(step, {}).items()
            ]
            if not deeper:
                break
            found = deeper
        return [seen for seen, _ in found]

    def _completion(self, declared: GraphQLOutputType, selections: list[SelectionSetNode]) -> Complete | None:
        if isinstance(declared, GraphQLNonNull):
            return self._completion(declared.of_type, selections)
        if isinstance(declared, GraphQLList):
            return self._list(declared.of_type, selections)
        if isinstance(declared, GraphQLEnumType):
            values = declared.values
            return lambda value, lost: value if type(value) is str and value in values else None
        return self._object(declared, selections) if selections else None

    def _list(self, item: GraphQLOutputType, selections: list[SelectionSetNode]) -> Complete:
        complete = self._completion(item, selections)
        nulls = not isinstance(item, GraphQLNonNull)

        def complete_list(value: Any, lost: Lost) -> Any:
            if type(value) is not list:
                return None
            if complete is not None:
                value = [None if v is None else complete(v, lost) for v in value]
            if nulls or None not in value:
                return value
            lost.append(f"an item of a list of {item}")
            return None

        return complete_list

    def _object(self, declared: Any, selections: list[SelectionSetNode]) -> Complete:
        if not is_abstract_type(declared):
            fields = self._compiled(declared, selections)
            return lambda value, lost: _filled(value, fields, lost) if type(value) is dict else None
        by_name: dict[str | None, Fields | None] = {}
        schema = self._schema

        def fields_of(name: str | None) -> Fields | None:
            found = schema.type_map.get(name) if name else declared
            known = isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
            return self._compiled(found, selections) if known else None

        def complete_object(value: Any, lost: Lost) -> Any:
            if type(value) is not dict:
                return None
            name = value.get("__typename")
            if type(name) is not str:
                name = None
            try:
                fields = by_name[name]
            except KeyError:
                fields = by_name[name] = fields_of(name)
            return None if fields is None else _filled(value, fields, lost)

        return complete_object

    def _compiled(self, runtime: Any, selections: list[SelectionSetNode]) -> Fields:
        nodes: defaultdict[str, list[FieldNode]] = defaultdict(list)
        for selection in selections:
            self._collect(runtime, selection, nodes)
        fields = Fields()
        for key, found in nodes.items():
            fields.sources.append((key, self._source(found[0])))
            self._add(fields, key, runtime, found)
        return fields

    def _source(self, node: FieldNode) -> str:
        return self._keys.get(id(node), node.name.value)

    def _add(self, fields: Fields, key: str, runtime: Composite, nodes: list[FieldNode]) -> None:
        name = nodes[0].name.value
        if name == "__typename" and isinstance(runtime, GraphQLObjectType):
            fields.constants[key] = runtime.name
        if name.startswith("__"):
            return
        declared = runtime.fields[name].type
        complete = self._completion(declared, [node.selection_set for node in nodes if node.selection_set])
        if complete is not None:
            fields.completed.append((key, complete))
        if isinstance(declared, GraphQLNonNull):
            fields.required.append((key, f"{runtime.name}.{name}"))

    def _collect(
        self, runtime: Composite, selections: SelectionSetNode, nodes: defaultdict[str, list[FieldNode]]
    ) -> None:
        for selection in selections.selections:
            if not is_wanted(selection, self._conditions):
                continue
            if isinstance(selection, FieldNode):
                nodes[response_key(selection)].append(selection)
                continue
            condition, inner = self._fragment(selection)
            if condition is None or self._applies(runtime, condition):
                self._collect(runtime, inner, nodes)

    def _applies(self, runtime: Composite, condition: str) -> bool:
        if condition == runtime.name:
            return True
        abstract = self._schema.type_map.get(condition)
        return is_abstract_type(abstract) and self._schema.is_sub_type(abstract, runtime)

    def _fragment(self, selection: SelectionNode) -> tuple[str | None, SelectionSetNode]:
        if isinstance(selection, FragmentSpreadNode):
            fragment = self._fragments[selection.name.value]
            return fragment.type_condition.name.value, fragment.selection_set
        assert isinstance(selection, InlineFragmentNode)
        condition = selection.type_condition
        return condition.name.value if condition else None, selection.selection_set

    def _tree(self, *selections: SelectionSetNode) -> Tree:
        nodes: defaultdict[tuple[str, str], list[SelectionSetNode]] = defaultdict(list)
        pending = list(selections)
        while pending:
            for selection in pending.pop().selections:
                if not isinstance(selection, FieldNode):
                    pending.append(self._fragment(selection)[1])
                    continue
                found = nodes[self._source(selection), response_key(selection)]
                if selection.selection_set:
                    found.append(selection.selection_set)
        tree: defaultdict[str, dict[str, Tree]] = defaultdict(dict)
        for (source, key), inner in nodes.items():
            tree[source][key] = self._tree(*inner)
        return tree


def _filled(data: Entity, fields: Fields, lost: Lost) -> Entity | None:
    try:
        answer = {key: data[source] for key, source in fields.sources}
    except KeyError:  # rare: a part is missing
        answer = {key: data.get(source) for key, source in fields.sources}
    for key, complete in fields.completed:
        if (value := answer[key]) is not None:
            answer[key] = complete(value, lost)
    if fields.constants:
        answer.update(fields.constants)
    if fields.required and None in answer.values():
        for key, name in fields.required:
            if answer[key] is None:
                lost.append(name)
                return None
    return answer


def response_key(field: FieldNode) -> str:
    """The key that the caller gives a field in the answer."""
    return field.alias.value if field.alias else field.name.value
