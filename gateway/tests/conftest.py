"""Real subgraphs over HTTP, a real planner, and the whole shell in front of them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from graphql import (
    FieldDefinitionNode,
    FieldNode,
    GraphQLInterfaceType,
    GraphQLResolveInfo,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    build_schema,
    graphql,
    parse,
)
from nats.aio.client import Client
from pydantic import SecretStr

from chassis.messaging.connection import connect
from chassis.messaging.streams import ensure_stream
from chassis.testing import Issuer as Mint
from deploy.local.nats import Nats
from gateway.planning.trust import as_text, manifest_of
from gateway.serving.server import Server
from gateway.serving.shell import application
from gateway.settings import Settings
from gateway.supergraph.compose import Composition, compose
from gateway.tests import process
from gateway.tests.issuer import Issuer
from gateway.tests.live_events import ALPHA, BETA, Live

FEDERATION = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@tag", "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@inaccessible",
  "@override", "@composeDirective"])
"""
FEDERATION_1 = "# Federation 1\n"  # begins a schema that links no specification
DIRECTIVES = """
directive @link(url: String, import: [String]) repeatable on SCHEMA
directive @key(fields: String!, resolvable: Boolean) repeatable on OBJECT | INTERFACE
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
directive @shareable on OBJECT | FIELD_DEFINITION
directive @external on FIELD_DEFINITION
directive @requires(fields: String!) on FIELD_DEFINITION
directive @provides(fields: String!) on FIELD_DEFINITION
directive @interfaceObject on OBJECT
directive @composeDirective(name: String!) repeatable on SCHEMA
directive @inaccessible on FIELD_DEFINITION | OBJECT | ENUM_VALUE
directive @override(from: String!) on FIELD_DEFINITION
scalar _Any
"""

Json = dict[str, Any]
Resolvers = Mapping[tuple[str, str], Callable[..., Any]]
Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class World:
    """The data behind a graph: what the root fields give, and every entity by type and id."""

    roots: dict[str, Json]
    entities: dict[str, dict[str, Json]] = field(default_factory=dict)
    resolvers: Resolvers = field(default_factory=dict)


class Subgraph:
    """One service: answers from the world what its own schema declares, and nothing else."""

    def __init__(self, name: str, sdl: str, world: World) -> None:
        self.name = name
        self.sdl = sdl if sdl.startswith(FEDERATION_1) else FEDERATION + sdl
        self.requests: list[Json] = []
        self.headers: list[Mapping[str, str]] = []
        self.misbehave: Reply | None = None
        self._world = world
        own = self.sdl.replace("extend type ", "type ")
        self._external = _external_fields(own)
        self._keys = _keys(own)
        self._schema = build_schema(_with_entities(own), assume_valid=True)
        _resolve(self._schema, world.resolvers)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve at a free port; yields the address."""
        app = web.Application()
        app.router.add_post("/graphql", self._serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/graphql"
        finally:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(request.headers)
        if self.misbehave is not None:
            return await self.misbehave(request)
        roots = self._world.roots
        root = {**roots.get("Query", {}), **roots.get("Mutation", {}), "_entities": self._entities}
        result = await graphql(self._schema, body["query"], root, variable_values=body.get("variables"))
        return web.json_response(result.formatted)

    def _entities(self, _: GraphQLResolveInfo[Any], representations: list[Json]) -> list[Any]:
        return [self._entity(representation) for representation in representations]

    def _entity(self, representation: Json) -> Json | Exception | None:
        name = representation["__typename"]
        keys = [key for key in self._keys[name] if _has(representation, key)]
        known = [self._world.entities.get(name, {}), *self._world.entities.values()]
        found = next(
            (e for all_ in known for e in all_.values() for key in keys if _same(e, representation, key)),
            None,
        )
        if found is None:
            return None
        if "refuses" in found and self.name in found["refuses"]:
            return PermissionError(f"{self.name} refuses this")
        own = {key: value for key, value in found.items() if (name, key) not in self._external}
        is_interface = isinstance(self._schema.type_map.get(name), GraphQLInterfaceType)
        return {**own, **representation, "__typename": found["__typename"] if is_interface else name}


@dataclass
class Graph:
    """A gateway over some subgraphs, asked over HTTP."""

    url: str
    subgraphs: dict[str, Subgraph]
    schema: str
    http: aiohttp.ClientSession
    world: World
    supergraph: Path
    settings: Settings

    async def __call__(
        self, query: str, /, headers: Mapping[str, str] | None = None, **variables: Any
    ) -> Json:
        """Answer a query."""
        return (await self.post({"query": query, "variables": variables}, headers))[1]

    async def post(self, body: Any, headers: Mapping[str, str] | None = None) -> tuple[int, Json]:
        """Return status and body of any JSON sent."""
        async with self.http.post(f"{self.url}/graphql", json=body, headers=headers) as answer:
            found = await answer.json()
        without_cost(found)
        return answer.status, found

    async def expected(self, query: str, **variables: Any) -> Json:
        """What one schema over the whole world answers in this process."""
        roots = self.world.roots
        result = await graphql(
            self._whole,
            query,
            {**roots.get("Query", {}), **roots.get("Mutation", {})},
            variable_values=variables,
        )
        return dict(result.formatted)

    @cached_property
    def _whole(self) -> GraphQLSchema:
        schema = build_schema(self.schema)
        _resolve(schema, self.world.resolvers)
        return schema


def without_cost(answer: Json) -> None:
    """Drop what every answer says about its cost in development, so that tests may compare the rest."""
    extensions = answer.get("extensions", {})
    if extensions.pop("cost", None) is not None and not extensions:
        del answer["extensions"]


OpenGraph = Callable[..., Awaitable[Graph]]
OpenProcess = Callable[..., AbstractAsyncContextManager[process.Process]]


@pytest.fixture(scope="module")
async def graph(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenGraph]:
    """Start subgraphs and a gateway before them: `await graph(world, sales=SDL, finance=SDL)`."""
    async with AsyncExitStack() as stack:

        async def start(
            world: World,
            *,
            settings: Settings | None = None,
            is_open: bool = True,
            documents: Mapping[str, str] | None = None,
            **sdl: str,
        ) -> Graph:
            subgraphs = {name: Subgraph(name, text, world) for name, text in sdl.items()}
            composition = _composed(tuple((name, each.sdl) for name, each in subgraphs.items()))
            file = tmp_path_factory.mktemp("graph") / "supergraph.graphql"
            file.write_text(composition.supergraph)
            urls = {name: await stack.enter_async_context(each.running()) for name, each in subgraphs.items()}
            given = (settings or Settings(environment="local")).model_copy(update={"subgraphs": urls})
            if documents is not None:
                given = given.model_copy(update={"trusted": await _trusted(documents, file)})
            url = await stack.enter_async_context(served(file, given, is_open))
            http = await stack.enter_async_context(aiohttp.ClientSession())
            return Graph(url, subgraphs, composition.schema, http, world, file, given)

        yield start


@cache
def _composed(subgraphs: tuple[tuple[str, str], ...]) -> Composition:
    return compose(dict(subgraphs))


@asynccontextmanager
async def served(supergraph: Path, settings: Settings, is_open: bool) -> AsyncIterator[str]:
    """Run the gateway at a free port; yields its address."""
    # a test's process is large and its gateways many: collecting over it took half of these tests' time
    app = application(supergraph, settings, open_to_all=is_open, settled=lambda: None)
    server = Server(app, settings, port=0)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        if serving.done():
            serving.result()
            raise RuntimeError("the gateway did not start")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    """Whom the gateway believes."""
    issuer = Issuer()
    app = web.Application()
    app.router.add_get("/jwks.json", issuer.keys)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks.json"
    yield issuer
    await runner.cleanup()


async def _trusted(documents: Mapping[str, str], supergraph: Path) -> Path:
    folder = supergraph.parent / "documents"
    for name, text in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    manifest = supergraph.with_name("trusted.json")
    manifest.write_text(as_text(await manifest_of(folder, supergraph.read_text())))
    return manifest


def _with_entities(sdl: str) -> str:
    names = [
        d.name.value
        for d in parse(sdl).definitions
        if isinstance(d, ObjectTypeDefinitionNode)
        and any(directive.name.value == "key" for directive in d.directives or ())
    ]
    if not names:
        return DIRECTIVES + sdl
    root = "extend type Query" if "type Query" in sdl else "type Query"
    union = f"union _Entity = {' | '.join(dict.fromkeys(names))}"
    return f"{DIRECTIVES}{sdl}{union}\n{root} {{ _entities(representations: [_Any!]!): [_Entity]! }}"


def _keys(sdl: str) -> dict[str, list[SelectionSetNode]]:
    keys: defaultdict[str, list[SelectionSetNode]] = defaultdict(list)
    for definition in parse(sdl).definitions:
        if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            continue
        for directive in definition.directives or ():
            if directive.name.value == "key":
                fields = next(a.value for a in directive.arguments or () if a.name.value == "fields")
                assert isinstance(fields, StringValueNode)
                [query] = parse(f"{{ {fields.value} }}").definitions
                assert isinstance(query, OperationDefinitionNode)
                keys[definition.name.value].append(query.selection_set)
    return keys


def _has(representation: Json, key: SelectionSetNode) -> bool:
    return all(isinstance(f, FieldNode) and f.name.value in representation for f in key.selections)


def _same(entity: Any, other: Any, key: SelectionSetNode) -> bool:
    """Whether two entities agree in all fields of a key."""
    if isinstance(entity, list) and isinstance(other, list):
        return len(entity) == len(other) and all(map(partial(_same, key=key), entity, other))
    if not isinstance(entity, dict) or not isinstance(other, dict):
        return False
    for selection in key.selections:
        assert isinstance(selection, FieldNode)
        ours, theirs = (each.get(selection.name.value) for each in (entity, other))
        inner = selection.selection_set
        if not (_same(ours, theirs, inner) if inner else ours is not None and str(ours) == str(theirs)):
            return False
    return True


def _external_fields(sdl: str) -> set[tuple[str, str]]:
    return {
        (definition.name.value, declared.name.value)
        for definition in parse(sdl).definitions
        if isinstance(definition, ObjectTypeDefinitionNode)
        for declared in definition.fields or ()
        if _is_external(declared)
    }


def _is_external(declared: FieldDefinitionNode) -> bool:
    return any(directive.name.value == "external" for directive in declared.directives or ())


def _resolve(schema: GraphQLSchema, resolvers: Resolvers) -> None:
    for (owner, name), resolver in resolvers.items():
        found = schema.type_map.get(owner)
        if found is not None and name in getattr(found, "fields", {}):
            found.fields[name].resolve = resolver  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def world_type() -> type[World]:
    """The class of a graph's data."""
    return World


@pytest.fixture
def own_process() -> OpenProcess:
    """Run a gateway in its own process before a graph's subgraphs: `own_process(graph, ROUNDEL_X="")`."""
    return process.own_process


@pytest.fixture(scope="module")
async def alpha(nats: Nats) -> AsyncIterator[Client]:
    """NATS as the service alpha uses it."""
    client = await connect(SecretStr(nats.url("alpha")))
    await ensure_stream(client.jetstream(), "alpha")
    yield client
    await client.close()


@pytest.fixture(scope="module")
async def mint() -> AsyncIterator[Mint]:
    """Who mints the tokens."""
    async with Mint() as running:
        yield running


@pytest.fixture(scope="module")
async def suite(graph: OpenGraph, nats: Nats, alpha: Client, mint: Mint) -> Live:
    """The gateway before two services, one of which tells of changes."""
    cases = {
        str(n): {"__typename": "Case", "id": str(n), "title": f"Case {n}", "votes": n} for n in range(500)
    }
    tasks = {str(n): {"__typename": "Task", "id": str(n)} for n in range(10)}
    roots = {"Query": {"cases": 3, "signs": 1}, "Mutation": {"open": 7}}
    world = World(roots=roots, entities={"Case": cases, "Task": tasks})
    settings = Settings(
        environment="production",
        issuer=mint.url,
        jwks_url=mint.jwks_url,
        nats_url=SecretStr(nats.url("gateway")),
        connections_per_caller=3,
        subscriptions_per_caller=10,
    )
    started = await graph(world, settings=settings, is_open=False, alpha=ALPHA, beta=BETA)
    return Live(started, mint, alpha)


@pytest.fixture
async def live(suite: Live) -> AsyncIterator[Live]:
    """The same without anything that an earlier test left."""
    for subgraph in suite.graph.subgraphs.values():
        subgraph.requests.clear()
        subgraph.headers.clear()
    yield suite
    for subgraph in suite.graph.subgraphs.values():
        subgraph.misbehave = None
