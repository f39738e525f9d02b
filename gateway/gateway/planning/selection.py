"""What an operation selects at a place of its answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from gateway.execution.projection import response_key
from gateway.planning.fetches import Path


@dataclass(frozen=True)
class Selection:
    """What is selected of objects of these types, which fields of these declared types hold."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    declared: frozenset[str]
    types: frozenset[str]
    sets: tuple[SelectionSetNode, ...]

    @cached_property
    def fields(self) -> dict[str, list[FieldNode]]:
        """The fields of any of the types, by their keys."""
        fields: defaultdict[str, list[FieldNode]] = defaultdict(list)
        for selections in self.sets:
            self._collect(selections, fields)
        return fields

    def of(self, types: Iterable[str]) -> "Selection":
        """The same of objects of some of the types only."""
        return Selection(self.schema, self.fragments, self.declared, self.types & frozenset(types), self.sets)

    def below(self, key: str) -> "Selection":
        """What is selected below a field; nothing where the field is not selected."""
        nodes = self.fields.get(key, [])
        owners = [self.schema.type_map[name] for name in self.types]
        fields = [getattr(o, "fields", {}).get(n.name.value) for o in owners for n in nodes[:1]]
        declared = frozenset(get_named_type(field.type).name for field in fields if field is not None)
        types = frozenset[str]().union(*(possible(self.schema, name) for name in declared))
        sets = tuple(node.selection_set for node in nodes if node.selection_set)
        return Selection(self.schema, self.fragments, declared, types, sets)

    def at(self, path: Path) -> "Selection":
        """What is selected at the end of a plan's path."""
        found = self
        for segment in path:
            if segment == "@":
                continue
            if "Field" in segment:
                found = found.below(segment["Field"])
            else:
                names = (possible(self.schema, name) for name in segment["TypeCondition"])
                found = found.of(frozenset[str]().union(*names))
        return found

    def at_any(self, paths: Iterable[Path]) -> "Selection":
        """What is selected at the ends of several paths."""
        found = [self.at(path) for path in paths]
        return Selection(
            self.schema,
            self.fragments,
            frozenset[str]().union(*(each.declared for each in found)),
            frozenset[str]().union(*(each.types for each in found)),
            tuple(selections for each in found for selections in each.sets),
        )

    def _collect(self, selections: SelectionSetNode, fields: defaultdict[str, list[FieldNode]]) -> None:
        for each in selections.selections:
            if isinstance(each, FieldNode):
                fields[response_key(each)].append(each)
                continue
            condition, inner = fragment(each, self.fragments)
            if condition is None or not self.types.isdisjoint(possible(self.schema, condition)):
                self._collect(inner, fields)


def fragment(
    selection: Any, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str | None, SelectionSetNode]:
    """The type condition of a fragment, if it has one, and what it selects."""
    found = fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
    assert isinstance(found, FragmentDefinitionNode | InlineFragmentNode)
    return found.type_condition.name.value if found.type_condition else None, found.selection_set


def possible(schema: GraphQLSchema, name: str) -> frozenset[str]:
    """The object types that satisfy a type condition."""
    named = schema.type_map.get(name)
    if not is_abstract_type(named):
        return frozenset((name,))
    return frozenset(each.name for each in schema.get_possible_types(named))
