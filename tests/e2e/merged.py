"""The graph as one schema in this process: every field is asked of the service that owns it, one at a time.

Naive on purpose and without a line of the gateway's code, so that the gateway can be compared with it.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    ObjectTypeDefinitionNode,
    build_schema,
    execute,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
)

GATEWAY = Path(__file__).resolve().parents[2] / "gateway"
Place = tuple[str | int, ...]
Asked = tuple[tuple[str, str], ...]  # fields from the root or an entity on, each with its arguments as JSON


@dataclass(frozen=True)
class Entity:
    """Something that any service can be asked about."""

    type: str
    id: str


@dataclass(frozen=True)
class Part:
    """Something that only its service knows, and only by the way that leads there."""

    service: str
    start: Entity | None
    way: Asked
    place: Place


class Owners:
    """Which service to ask for a field, as the supergraph says."""

    def __init__(self, supergraph: DocumentNode) -> None:
        self._names: dict[str, str] = {}
        self._fields: dict[tuple[str, str], list[str]] = {}
        self.entities: set[str] = set()
        for definition in supergraph.definitions:
            if isinstance(definition, EnumTypeDefinitionNode) and definition.name.value == "join__Graph":
                for value in definition.values or ():
                    [directive] = value.directives or ()
                    self._names[value.name.value] = _argument(directive, "name")
        for definition in supergraph.definitions:
            if isinstance(definition, ObjectTypeDefinitionNode):
                self._read(definition)

    def of(self, type: str, field: str) -> str:
        """The service that answers a field of a root type or an entity."""
        return self._names[self._fields[type, field][0]]

    def _read(self, definition: ObjectTypeDefinitionNode) -> None:
        type = definition.name.value
        joins = [d for d in definition.directives or () if d.name.value == "join__type"]
        if any(_argument(join, "key") for join in joins):
            self.entities.add(type)
        homes = [_argument(j, "graph") for j in joins if _argument(j, "resolvable") != "false"]
        for field in definition.fields or ():
            own = [d for d in field.directives or () if d.name.value == "join__field"]
            graphs = [_argument(d, "graph") for d in own if _argument(d, "external") != "true"]
            self._fields[type, field.name.value] = graphs or homes


class Merged:
    """Answers operations for one caller."""

    def __init__(self, urls: Mapping[str, str], token: str | None) -> None:
        self._schema = build_schema((GATEWAY / "schema.graphql").read_text())
        self._owners = Owners(parse((GATEWAY / "supergraph.graphql").read_text()))
        self._urls = urls
        self._token = token
        self._known: dict[str, asyncio.Task[Any]] = {}
        for type in self._schema.type_map.values():
            if isinstance(type, GraphQLObjectType) and not type.name.startswith("__"):
                for field in type.fields.values():
                    field.resolve = self._resolve

    async def __aenter__(self) -> Self:
        headers = {"authorization": f"Bearer {self._token}"}
        self._http = aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=16))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer; the same question to a service is asked once in it."""
        self._known.clear()
        found = execute(self._schema, parse(query), variable_values=dict(variables))
        result = found if isinstance(found, ExecutionResult) else await found
        answer: dict[str, Any] = dict(result.formatted)
        return answer

    async def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        field, declared = info.field_name, info.return_type
        if isinstance(source, Entity) and field == "id":
            return source.id
        if isinstance(source, Part):
            service, start, way, place = source.service, source.start, source.way, source.place
        else:
            service, start, way = self._owners.of(info.parent_type.name, field), source, ()
            place = ("_entities", 0) if source is not None else ()
        way, place = (*way, (field, json.dumps(arguments, sort_keys=True))), (*place, field)
        named = get_named_type(declared)
        shape = "" if is_leaf_type(named) else "{ __typename }"
        if named.name in self._owners.entities:
            shape = "{ id }"
        value = _at(await self._answer(service, start, way, shape), place)
        return (
            value if is_leaf_type(named) else self._made(value, named.name, Part(service, start, way, place))
        )

    def _made(self, value: Any, type: str, part: Part) -> Any:
        if isinstance(value, list):
            return [
                self._made(item, type, Part(part.service, part.start, part.way, (*part.place, index)))
                for index, item in enumerate(value)
            ]
        if value is None:
            return None
        return Entity(type, value["id"]) if type in self._owners.entities else part

    async def _answer(self, service: str, start: Entity | None, way: Asked, shape: str) -> dict[str, Any]:
        query, variables = self._question(start, way, shape)
        body = json.dumps({"query": query, "variables": variables})
        key = f"{service} {body}"
        if key not in self._known:
            self._known[key] = asyncio.create_task(self._post(service, body))
        found: dict[str, Any] = await self._known[key]
        return found

    async def _post(self, service: str, body: str) -> Any:
        headers = {"content-type": "application/json"}
        async with self._http.post(f"{self._urls[service]}/graphql", data=body, headers=headers) as answer:
            return await answer.json()

    def _question(self, start: Entity | None, way: Asked, shape: str) -> tuple[str, dict[str, Any]]:
        declared: list[str] = []
        variables: dict[str, Any] = {}
        type: Any = self._schema.type_map[start.type if start else "Query"]
        fields = []
        for name, given in way:
            field = type.fields[name]
            texts = []
            for argument, value in json.loads(given).items():
                variable = f"v{len(declared)}"
                declared.append(f"${variable}: {field.args[argument].type}")
                variables[variable] = value
                texts.append(f"{argument}: ${variable}")
            fields.append(f"{name}({', '.join(texts)})" if texts else name)
            type = get_named_type(field.type)
        asked = " { ".join(fields) + f" {shape}" + " }" * (len(fields) - 1)
        if start is not None:
            declared.append("$them: [_Any!]!")
            variables["them"] = [{"__typename": start.type, "id": start.id}]
            asked = f"_entities(representations: $them) {{ ... on {start.type} {{ {asked} }} }}"
        head = f"query ({', '.join(declared)})" if declared else "query"
        return f"{head} {{ {asked} }}", variables


def _at(answer: dict[str, Any], place: Place) -> Any:
    """The value at a place; an error there, above or within is raised with its code."""
    for error in answer.get("errors") or ():
        path = tuple(error.get("path") or ())
        if all(one == other for one, other in zip(path, place, strict=False)):
            raise GraphQLError(error["message"], extensions=error.get("extensions"))
    value = answer.get("data")
    for step in place:
        value = None if value is None else value[step]
    return value


def _argument(directive: ConstDirectiveNode, name: str) -> str:
    values = (a.value for a in directive.arguments or () if a.name.value == name)
    return next((print_ast(value).strip('"') for value in values), "")
