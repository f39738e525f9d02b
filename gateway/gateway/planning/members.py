"""Members of a union that not every service knows, asked of those that do.

Where several services could answer a field of such a union, the planner selects only the members that all
of them know, even of a service that knows more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import is_

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    print_ast,
    strip_ignored_characters,
)

from gateway.execution.documents import used_variables
from gateway.execution.projection import response_key
from gateway.planning.fetches import (
    Keys,
    Node,
    Path,
    changed,
    conditions,
    fetches,
    groups,
    keys,
    operation_of,
)
from gateway.planning.selection import Selection, fragment, possible
from gateway.supergraph.reading import Supergraph

Fragments = Mapping[str, FragmentDefinitionNode]
TYPENAME = FieldNode(name=NameNode(value="__typename"))

Selections = tuple[SelectionNode, ...]


def restored(
    plan: Node, operation: OperationDefinitionNode, fragments: Fragments, supergraph: Supergraph
) -> Node:
    """Return the plan that asks each service for the selected members which it knows.

    Only a member is added of which the plan asks nothing at its place; all other fetches stay as they are.
    """
    if not supergraph.joins.partial:
        return plan
    restoring = _Restoring(plan, operation, fragments, supergraph)
    return changed(plan, restoring.fetch)


@dataclass(frozen=True)
class _At:
    """What the caller selects at a place of a fetch, and where in the answer that is."""

    service: str
    selected: Selection
    places: list[Keys]
    renamed: Mapping[str, str]

    def below(self, field: FieldNode) -> "_At":
        key = self.renamed.get(response_key(field), response_key(field))
        places = [(*place, key) for place in self.places]
        return _At(self.service, self.selected.below(key), places, self.renamed)

    def of(self, types: Iterable[str]) -> "_At":
        return _At(self.service, self.selected.of(types), self.places, self.renamed)


class _Restoring:
    def __init__(
        self, plan: Node, operation: OperationDefinitionNode, fragments: Fragments, supergraph: Supergraph
    ) -> None:
        self._schema = supergraph.schema
        self._joins = supergraph.joins
        self._fragments = fragments
        self._variables = operation.variable_definitions or ()
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        names = frozenset((root.name,))
        self._selected = Selection(self._schema, fragments, names, names, (operation.selection_set,))
        self._entities = [
            path
            for fetch, at in fetches(plan)
            for group in groups(fetch, at)
            if group.below is not None
            for path in group.paths
        ]

    def fetch(self, fetch: Node, path: Path) -> Node:
        """The fetch with the members that it leaves out."""
        operation = operation_of(fetch)
        selections = operation.selection_set
        for group in groups(fetch, path):
            places = [keys(each) for each in group.paths]
            at = _At(fetch["serviceName"], self._selected.at_any(group.paths), places, group.renamed)
            if group.below is None:
                selections = self._walked(selections, at)
            else:
                kept = (self._entity_field(each, group.below, at) for each in selections.selections)
                selections = _with(selections, tuple(kept))
        return fetch if selections is operation.selection_set else self._asking(fetch, operation, selections)

    def _asking(self, fetch: Node, operation: OperationDefinitionNode, selections: SelectionSetNode) -> Node:
        declared = {each.variable.name.value for each in operation.variable_definitions or ()}
        used = used_variables(selections) - declared
        added = [each for each in self._variables if each.variable.name.value in used]
        asking = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=(*(operation.variable_definitions or ()), *added),
            selection_set=selections,
        )
        return {
            **fetch,
            "operation": strip_ignored_characters(print_ast(asking)),
            "variableUsages": [*(fetch.get("variableUsages") or ()), *(a.variable.name.value for a in added)],
        }

    def _entity_field(self, field: SelectionNode, key: str, at: _At) -> SelectionNode:
        if not isinstance(field, FieldNode) or response_key(field) != key or field.selection_set is None:
            return field
        return _field(field, self._walked(field.selection_set, at))

    def _walked(self, selections: SelectionSetNode, at: _At) -> SelectionSetNode:
        if not at.selected.sets:  # what only the plan needs
            return selections
        return _with(selections, tuple(self._one(each, at) for each in selections.selections))

    def _one(self, selection: SelectionNode, at: _At) -> SelectionNode:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inner = at.of(possible(self._schema, condition.name.value)) if condition else at
            walked = self._walked(selection.selection_set, inner)
            return selection if walked is selection.selection_set else _fragment(condition, walked)
        if not isinstance(selection, FieldNode) or selection.selection_set is None:
            return selection
        below = at.below(selection)
        walked = self._walked(selection.selection_set, below)
        own = self._joins.own_types.get((at.service, selection.name.value), frozenset())
        if not {each.strip("[]!") for each in own if each} <= below.selected.declared:
            return _field(selection, walked)  # there it holds one member, or another union
        lost = tuple(self._lost(selection.selection_set, below))
        return _field(selection, _with(walked, (*walked.selections, *lost)) if lost else walked)

    def _lost(self, selections: SelectionSetNode, at: _At) -> Iterator[SelectionNode]:
        """What is selected of members that the service knows, and is asked of nobody."""
        for union in at.selected.declared & self._joins.partial:
            known = self._known(at.service, union) & at.selected.types
            for name in sorted(known - self._named(selections, union)):
                if self._is_entity(name, at.places):
                    continue
                asked = tuple(self._asked(at.service, name, at.selected.of((name,))))
                if asked:
                    yield _fragment(_type(name), SelectionSetNode(selections=asked))

    def _is_entity(self, member: str, places: list[Keys]) -> bool:
        """Whether the plan asks for more of the member there, beginning with its key."""
        return any(self._leads(path, place, member) for path in self._entities for place in places)

    def _leads(self, path: Path, place: Keys, member: str) -> bool:
        """Whether a path leads through such a member at a place."""
        narrowed = (frozenset[str]().union(*map(self._of, each)) for each in conditions(path, len(place)))
        return keys(path)[: len(place)] == place and all(member in each for each in narrowed)

    def _named(self, selections: SelectionSetNode, union: str) -> frozenset[str]:
        """The members that the fetch names."""
        named = frozenset[str]()
        for each in selections.selections:
            if isinstance(each, InlineFragmentNode):
                name = each.type_condition.name.value if each.type_condition else union
                named |= self._named(each.selection_set, union) if name == union else self._of(name)
        return named

    def _asked(self, service: str, owner: str, selected: Selection) -> Iterator[FieldNode]:
        for nodes in selected.fields.values():
            field = self._answered(service, owner, nodes)
            if field is not None and field.name.value != "__typename":
                yield field

    def _answered(self, service: str, owner: str, nodes: list[FieldNode]) -> FieldNode | None:
        """The field as the service is asked for it, None unless it answers all of it."""
        name = nodes[0].name.value
        if name == "__typename":
            return nodes[0]
        owners = {owner} | self._known(service, owner)
        if not all((service, each, name) in self._joins.answered for each in owners):
            return None
        if len(self._joins.own_types.get((service, name), ())) > 1:
            return None  # the key may stand beside another of its name, and of another type
        inner: Selections = ()
        declared = get_named_type(self._schema.type_map[owner].fields[name].type).name  # type: ignore[attr-defined]
        for node in nodes:
            if node.selection_set is not None:
                copied = self._copied(service, declared, node.selection_set)
                if copied is None:
                    return None
                inner += copied
        return FieldNode(
            alias=nodes[0].alias,
            name=nodes[0].name,
            arguments=nodes[0].arguments,
            selection_set=SelectionSetNode(selections=inner) if inner else None,
        )

    def _copied(self, service: str, parent: str, selections: SelectionSetNode) -> Selections | None:
        copied: list[SelectionNode] = []
        for each in selections.selections:
            if isinstance(each, FieldNode):
                field = self._answered(service, parent, [each])
                if field is None:
                    return None
                copied.append(field)
                continue
            name, inner = fragment(each, self._fragments)
            condition = name or parent
            here = self._known(service, parent)
            if here.isdisjoint(self._of(condition)):
                continue  # no object of this service
            if here.isdisjoint(self._known(service, condition)):
                return None  # it does not know the interface by which the caller names its objects
            deeper = self._copied(service, condition, inner)
            if deeper is None:
                return None
            copied.append(_fragment(_type(condition), SelectionSetNode(selections=deeper)))
        if not copied or is_abstract_type(self._schema.type_map[parent]):
            copied.append(TYPENAME)
        return tuple(copied)

    def _known(self, service: str, name: str) -> frozenset[str]:
        if is_abstract_type(self._schema.type_map.get(name)):
            return self._joins.members.get((service, name), frozenset())
        return frozenset((name,))

    def _of(self, condition: str) -> frozenset[str]:
        return possible(self._schema, condition)


def _with(selections: SelectionSetNode, kept: Selections) -> SelectionSetNode:
    same = len(kept) == len(selections.selections) and all(map(is_, kept, selections.selections))
    return selections if same else SelectionSetNode(selections=kept)


def _field(field: FieldNode, selections: SelectionSetNode) -> FieldNode:
    if selections is field.selection_set:
        return field
    return FieldNode(
        alias=field.alias,
        name=field.name,
        arguments=field.arguments,
        directives=field.directives,
        selection_set=selections,
    )


def _fragment(condition: NamedTypeNode | None, selections: SelectionSetNode) -> InlineFragmentNode:
    return InlineFragmentNode(type_condition=condition, selection_set=selections)


def _type(name: str) -> NamedTypeNode:
    return NamedTypeNode(name=NameNode(value=name))
