"""What each service knows and answers, as the join directives of a supergraph tell it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    SelectionSetNode,
    UnionTypeDefinitionNode,
    parse,
    value_from_ast_untyped,
)

# a field with one of these is answered under a condition, from elsewhere, or in another shape
CONDITIONAL = frozenset(
    (
        "external",
        "requires",
        "usedOverridden",
        "overrideLabel",
        "contextArguments",
        "isInterfaceObject",
    )
)

Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
Where = tuple[str, str, str]  # service, type, field


@dataclass(frozen=True)
class Joins:
    """What services know and answer.

    `members` are the object types that a service knows of an abstract type, `partial` the unions that
    services know differently; `answered` is told only where there are such, `requirements` only where one
    has arguments. `own_types` are those of a service's fields of a name where they are not the graph's;
    an empty one stands for the graph's.
    """

    members: dict[tuple[str, str], frozenset[str]]
    partial: frozenset[str]
    answered: frozenset[Where]
    own_types: dict[tuple[str, str], frozenset[str]]
    requirements: dict[Where, SelectionSetNode]


def read_joins(document: DocumentNode) -> Joins:
    """Read the join directives of a supergraph."""
    services = _services(document)
    members, partial = _members(document, services)
    composites = [d for d in document.definitions if isinstance(d, Composite)]
    fields = [each for composite in composites for each in _fields(composite, services)]
    return Joins(
        members=members,
        partial=partial,
        answered=_answered(fields) if partial else frozenset(),
        own_types=_own_types(fields),
        requirements=_requirements(fields),
    )


def _services(document: DocumentNode) -> dict[str, str]:
    """The services' names by those of their graphs."""
    return {
        value.name.value: _told(directive)["name"]
        for definition in document.definitions
        if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph"
        for value in definition.values or ()
        for directive in _named(value, "join__graph")
    }


def _members(
    document: DocumentNode, services: dict[str, str]
) -> tuple[dict[tuple[str, str], frozenset[str]], frozenset[str]]:
    members: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    partial: set[str] = set()
    for definition in document.definitions:
        if isinstance(definition, ObjectTypeDefinitionNode):
            for join in map(_told, _named(definition, "join__implements")):
                members[services[join["graph"]], join["interface"]].add(definition.name.value)
        elif isinstance(definition, UnionTypeDefinitionNode):
            union = definition.name.value
            for join in map(_told, _named(definition, "join__unionMember")):
                members[services[join["graph"]], union].add(join["member"])
            if len({frozenset(known) for (_, name), known in members.items() if name == union}) > 1:
                partial.add(union)
    return {key: frozenset(known) for key, known in members.items()}, frozenset(partial)


def _fields(definition: Composite, services: dict[str, str]) -> Iterator[tuple[Where, dict[str, Any]]]:
    """Each field as each service has it, and what its join tells."""
    types = [_told(directive) for directive in _named(definition, "join__type")]
    owners = {services[join["graph"]]: join for join in types}
    for field in definition.fields or ():
        joins = [_told(directive) for directive in _named(field, "join__field")]
        told = {services[join["graph"]]: join for join in joins if "graph" in join}
        # a field that tells nothing is in every service that has the type
        for service in told if joins else owners:
            of_type = {"isInterfaceObject": True} if "isInterfaceObject" in owners.get(service, {}) else {}
            yield (service, definition.name.value, field.name.value), {**of_type, **told.get(service, {})}


def _answered(fields: list[tuple[Where, dict[str, Any]]]) -> frozenset[Where]:
    return frozenset(where for where, join in fields if CONDITIONAL.isdisjoint(join))


def _own_types(fields: list[tuple[Where, dict[str, Any]]]) -> dict[tuple[str, str], frozenset[str]]:
    own: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for (service, _, name), join in fields:
        own[service, name].add(join.get("type", ""))
    return {key: frozenset(types) for key, types in own.items() if types != {""}}


def _requirements(fields: list[tuple[Where, dict[str, Any]]]) -> dict[Where, SelectionSetNode]:
    texts = {where: join["requires"] for where, join in fields if "requires" in join}
    if not any("(" in text for text in texts.values()):
        return {}
    return {where: _selections(text) for where, text in texts.items()}


def _selections(text: str) -> SelectionSetNode:
    [operation] = parse(f"{{ {text} }}", no_location=True).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.selection_set


def _named(node: Any, name: str) -> list[ConstDirectiveNode]:
    return [directive for directive in node.directives or () if directive.name.value == name]


def _told(directive: ConstDirectiveNode) -> dict[str, Any]:
    values = {a.name.value: value_from_ast_untyped(a.value) for a in directive.arguments or ()}
    return {name: value for name, value in values.items() if value}
