"""Requirements with arguments, sent from the key under which the plan has their values.

Where services require one field with different arguments, the planner asks for it under several aliases;
below a list or an abstract type it then represents entities with the field's plain name all the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode, print_ast

from gateway.execution.documents import selected_fields
from gateway.execution.projection import response_key
from gateway.planning.fetches import Keys, Node, Path, changed, fetches, groups, keys, operation_of, regrouped
from gateway.supergraph.joins import Joins

ALIAS = "_internal_qp_alias_"

Variant = tuple[str, ...]  # a field's name and its arguments
Asked = Mapping[Keys, Mapping[Variant, set[str]]]  # at a place, the keys of each field
Wanted = Mapping[str, list[FieldNode]]


def met(plan: Node, joins: Joins) -> Node:
    """Return the plan that represents entities with what their service requires.

    Only a requirement changes of which the plan has the value, under another key than it sends.
    """
    if not joins.requirements or not any(ALIAS in fetch["operation"] for fetch, _ in fetches(plan)):
        return plan
    asked = _asked(plan)
    return changed(plan, lambda fetch, path: _met(fetch, path, joins, asked))


def _asked(plan: Node) -> Asked:
    asked: defaultdict[Keys, defaultdict[Variant, set[str]]] = defaultdict(lambda: defaultdict(set))

    def note(place: Keys, selections: SelectionSetNode, renamed: Mapping[str, str]) -> None:
        for field in selected_fields(selections, {}):
            key = renamed.get(response_key(field), response_key(field))
            asked[place][_variant(field)].add(key)
            if field.selection_set:
                note((*place, key), field.selection_set, renamed)

    for fetch, path in fetches(plan):
        operation = operation_of(fetch)
        for group in groups(fetch, path):
            for selections in group.selections(operation):
                for each in group.paths:
                    note(keys(each), selections, group.renamed)
    return asked


def _met(fetch: Node, path: Path, joins: Joins, asked: Asked) -> Node:
    operation = operation_of(fetch)
    nodes = []
    for group in groups(fetch, path):
        if group.below is None:
            return fetch
        wanted = _wanted(joins, fetch["serviceName"], group.selections(operation))
        at = [_represented(group.node["requires"], wanted, keys(each), asked) for each in group.paths]
        same = all(each == group.node["requires"] for each in at)
        nodes.append(group.node if same else {**group.node, "requiresAt": at})
    return regrouped(fetch, nodes)


def _represented(requires: list[Any], wanted: Mapping[str, Wanted], place: Keys, asked: Asked) -> list[Any]:
    represented = []
    for each in requires:
        if each["kind"] == "InlineFragment" and each["typeCondition"] in wanted:
            sent = _sent(each["selections"], wanted[each["typeCondition"]], place, asked)
            each = {**each, "selections": sent}
        represented.append(each)
    return represented


def _wanted(joins: Joins, service: str, selections: list[SelectionSetNode]) -> dict[str, Wanted]:
    """By type, the fields that the service requires for what it is asked."""
    wanted: dict[str, Wanted] = {}
    for each in selections:
        for fragment in each.selections:
            if isinstance(fragment, InlineFragmentNode) and fragment.type_condition:
                owner = fragment.type_condition.name.value
                names = [field.name.value for field in selected_fields(fragment.selection_set, {})]
                required = [joins.requirements.get((service, owner, name)) for name in names]
                wanted[owner] = _by_name(required)
    return wanted


def _by_name(selections: Iterable[SelectionSetNode | None]) -> Wanted:
    fields: defaultdict[str, list[FieldNode]] = defaultdict(list)
    for each in selections:
        for field in selected_fields(each, {}):
            fields[field.name.value].append(field)
    return fields


def _sent(selections: list[Any], wanted: Wanted, place: Keys, asked: Asked) -> list[Any]:
    sent = []
    for selection in selections:
        found = wanted.get(selection.get("name"), [])
        if found and "alias" not in selection:
            key = _key(selection["name"], found, asked.get(place, {}))
            if key != selection["name"]:
                selection = {**selection, "name": key, "alias": selection["name"]}
            if selection.get("selections"):
                inner = _by_name(field.selection_set for field in found)
                deeper = _sent(selection["selections"], inner, (*place, key), asked)
                selection = {**selection, "selections": deeper}
        sent.append(selection)
    return sent


def _key(name: str, wanted: list[FieldNode], asked: Mapping[Variant, set[str]]) -> str:
    """The alias under which the data has the value that is wanted; the plain name where that has it."""
    candidates = set.intersection(*(asked.get(_variant(field), {name}) for field in wanted))
    aliases = sorted(key for key in candidates if key.startswith(ALIAS))
    return aliases[0] if aliases and name not in candidates else name


def _variant(field: FieldNode) -> Variant:
    return (field.name.value, *sorted(print_ast(argument) for argument in field.arguments or ()))
