"""What the gateway must know of a supergraph beside its plans."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    StringValueNode,
    UnionTypeDefinitionNode,
    parse,
)

from gateway.supergraph.api_schema import api_schema
from gateway.supergraph.joins import Joins, read_joins
from gateway.supergraph.live import LiveField, live_fields

PUBLIC = "public"
NAMES = re.compile(r"\w+")  # those of arguments and types too, which does no harm
ROOTS = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


class UnfitSupergraph(Exception):
    """The document is no Federation 2 supergraph."""


@dataclass(frozen=True)
class Supergraph:
    """The callers' schema, the subgraphs' addresses, and what the types and fields are to the gateway.

    `members` are the types of each abstract type, `public` what anybody may call, `required` the names of
    the fields that services require from each other, `joins` which service knows and answers what.
    """

    schema: GraphQLSchema
    urls: dict[str, str]
    members: dict[str, frozenset[str]]
    objects: frozenset[str]
    public: frozenset[tuple[str, str]]
    required: frozenset[str]
    live: dict[str, LiveField]
    joins: Joins

    def those(self, condition: str) -> frozenset[str]:
        """The type names that satisfy a type condition."""
        return self.members.get(condition, frozenset((condition,)))


def supergraph_text(file: Path) -> str:
    """Return what the file of a supergraph holds."""
    if not file.is_file():
        raise UnfitSupergraph(f"There is no {file}; make it with `make supergraph`.")
    return file.read_text()


def read_supergraph(sdl: str) -> Supergraph:
    """Read a Federation 2 supergraph."""
    try:
        document = parse(sdl, no_location=True)
    except GraphQLSyntaxError as error:
        raise UnfitSupergraph(f"The supergraph is not GraphQL: {error.message}") from None
    objects = [d for d in document.definitions if isinstance(d, ObjectTypeDefinitionNode)]
    roots = _root_types(document)
    return Supergraph(
        schema=api_schema(document),
        urls=_urls(document),
        members=_members(document),
        objects=frozenset(definition.name.value for definition in objects),
        public=frozenset(
            (definition.name.value, field.name.value)
            for definition in objects
            if definition.name.value in roots.values()
            for field in definition.fields or ()
            if any(_argument(d, "name") == PUBLIC for d in field.directives or () if d.name.value == "tag")
        ),
        required=frozenset(
            name
            for definition in objects
            for field in definition.fields or ()
            for directive in field.directives or ()
            if directive.name.value == "join__field"
            for name in NAMES.findall(_argument(directive, "requires"))
        ),
        live=live_fields(objects, roots.get("subscription", "")),
        joins=read_joins(document),
    )


def _urls(document: DocumentNode) -> dict[str, str]:
    enums = [d for d in document.definitions if isinstance(d, EnumTypeDefinitionNode)]
    graphs = next((d for d in enums if d.name.value == "join__Graph"), None)
    if graphs is None:
        raise UnfitSupergraph("The document names no subgraphs; compose it with `python -m gateway compose`")
    return {
        _argument(directive, "name"): _argument(directive, "url")
        for value in graphs.values or ()
        for directive in value.directives or ()
        if directive.name.value == "join__graph"
    }


def _members(document: DocumentNode) -> dict[str, frozenset[str]]:
    members: defaultdict[str, set[str]] = defaultdict(set)
    for definition in document.definitions:
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            for interface in definition.interfaces or ():
                members[interface.name.value].add(definition.name.value)
        elif isinstance(definition, UnionTypeDefinitionNode):
            members[definition.name.value].update(t.name.value for t in definition.types or ())
    return {name: frozenset((name, *found)) for name, found in members.items()}


def _root_types(document: DocumentNode) -> dict[str, str]:
    schema = next((d for d in document.definitions if isinstance(d, SchemaDefinitionNode)), None)
    return {t.operation.value: t.type.name.value for t in schema.operation_types} if schema else ROOTS


def _argument(directive: ConstDirectiveNode, name: str) -> str:
    values = (a.value for a in directive.arguments or () if a.name.value == name)
    return next((v.value for v in values if isinstance(v, StringValueNode)), "")
