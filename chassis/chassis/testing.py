"""What tests of a service need: its database, its graph, callers with grants, a token issuer."""

import asyncio
import base64
import inspect
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

import orjson
import pytest_asyncio
from aiohttp import web
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import MetaData, event, select
from strawberry.federation import Schema

from chassis import migrations
from chassis.access import ALGORITHM, ANONYMOUS, AUDIENCE, Kind, Principal, TokenVerifier, acting_as
from chassis.access.directory import Directory
from chassis.audit import guard
from chassis.database import Database, now, uuid7
from chassis.fields import memory
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import OutboxEvent
from chassis.messaging.subscriber import Handlers, Inbox
from chassis.rpc.client import Peers
from chassis.secrets.columns import encrypted, opened
from chassis.service import Runtime, Service, graphql
from chassis.settings import ServiceSettings

OPEN: dict[str, Database] = {}

MASTER_KEYS = SecretStr(f"tests:{base64.b64encode(bytes(32)).decode()}")


class PostgresServer(Protocol):
    """What the fixture `postgres` offers."""

    async def create_database(self, name: str) -> str:
        """Make the database and return its URL."""
        ...


def database_fixture(name: str, package: ModuleType, metadata: MetaData) -> Any:
    """Return the fixture `database`: made by the service's migrations once, empty for every test.

    In a conftest: `database = database_fixture("sales", sales, Model.metadata)`. Its connections stay
    open from test to test, because PostgreSQL asks much for a new one; who ends the server closes `OPEN`.
    """

    @pytest_asyncio.fixture(loop_scope="session")
    async def database(postgres: PostgresServer) -> AsyncIterator[Database]:
        if name not in OPEN:
            url = await postgres.create_database(f"test_{name}_{os.getpid()}")
            await migrations.upgrade(url, package)
            await guard.lift(url)
            OPEN[name] = Database(url)
        database = OPEN[name]
        if encrypted(metadata):
            await opened(database, MASTER_KEYS, metadata)
        yield database
        await _empty(database, metadata)
        memory.forget(database)

    return database


async def _empty(database: Database, metadata: MetaData) -> None:
    tables = [
        table for told in (metadata, *migrations.CHASSIS_TABLES) for table in reversed(told.sorted_tables)
    ]
    emptying = ";".join(f'DELETE FROM "{table.name}"' for table in tables)
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection
        await raw.driver_connection.execute(emptying)  # all in one message


def settings(**given: Any) -> ServiceSettings:
    """Return settings that name nothing real but what is given."""
    nowhere: dict[str, Any] = {
        "environment": "local",
        "issuer": "http://127.0.0.1:9",
        "jwks_url": "http://127.0.0.1:9/jwks.json",
        "database_url": "postgresql+asyncpg://127.0.0.1:9/nothing",
        "nats_url": "nats://127.0.0.1:9",
        "nats_monitor_url": "http://127.0.0.1:9",
        "http_port": 0,
        "grpc_port": 0,
    }
    return ServiceSettings(**{**nowhere, **given})


def runtime(
    database: Database, *, given: ServiceSettings | None = None, peers: Mapping[str, str] | None = None
) -> Runtime:
    """Return a runtime on this database, with the peers' addresses if the test has any."""
    chosen = given or settings()
    verifier = TokenVerifier(
        issuer=chosen.issuer, jwks_url=chosen.jwks_url, directory=Directory(database, untold=True)
    )
    return Runtime(settings=chosen, database=database, verifier=verifier, peers=Peers(peers or {}))


def employee(*grants: str, id: UUID | None = None, roles: Sequence[str] = ()) -> Principal:
    """Return an employee with these grants, by default with all."""
    granted = frozenset(grants or ("*:*",))
    return Principal("employee", id or uuid7(), "Ada", frozenset(roles), granted)


def as_employee(*grants: str, id: UUID | None = None) -> AbstractContextManager[None]:
    """Act inside as an employee with these grants, by default with all."""
    return acting_as(employee(*grants, id=id))


@dataclass(frozen=True)
class Answer:
    """What a GraphQL operation gave."""

    data: Any
    errors: Sequence[dict[str, Any]]
    masked: Sequence[dict[str, str]] = ()

    @property
    def codes(self) -> list[str]:
        """The codes of the refusals, in order."""
        return [error["extensions"]["code"] for error in self.errors]


class _Known(TokenVerifier):
    """Knows its callers by their own made-up tokens; all else of the route is real."""

    def __init__(self, directory: Directory) -> None:
        super().__init__(issuer="", jwks_url="", directory=directory)
        self.callers: dict[str, Principal] = {}

    async def _principal(self, token: str) -> Principal:
        return self.callers[token]


class Graph:
    """A service's part of the graph, asked in process through its real route.

    `answer = await Graph(service, runtime(database))("query { … }", by=employee("lead:read"))`
    """

    def __init__(self, service: Service, given: Runtime) -> None:
        self._directory = Directory(given.database, untold=True)
        self._known = _Known(self._directory)
        self._route = graphql(
            replace(service, schema=lambda: _built(service.schema)),
            Runtime(given.settings, given.database, self._known, given.peers, given.clock),
        )

    async def __call__(
        self, query: str, variables: Mapping[str, Any] | None = None, *, by: Principal | None = None
    ) -> Answer:
        """Ask as an employee with all grants, or as whom the test says."""
        caller = by or employee()
        await self._directory.refresh()
        headers = [(b"content-type", b"application/json")]
        if caller != ANONYMOUS:
            token = str(caller.id)
            self._known.callers[token] = caller
            headers.append((b"authorization", b"Bearer " + token.encode()))
        body = orjson.dumps({"query": query, "variables": variables}, default=str)
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
        await self._route(scope, receive, send)
        answer = orjson.loads(b"".join(message.get("body", b"") for message in sent))
        masked = answer.get("extensions", {}).get("masked", [])
        return Answer(answer.get("data"), answer.get("errors", []), masked)


@cache
def _built(schema: Callable[[], Schema]) -> Schema:
    return schema()  # which is the same in every test, and takes longer than most of them


async def outbox(database: Database) -> Sequence[OutboxEvent]:
    """Return what was emitted, oldest first, published or not."""
    async with database.transaction() as session:
        return (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.position))).all()


async def deliver(
    database: Database,
    service: str,
    handlers: Handlers,
    *events: Message,
    id: UUID | None = None,
    actor: UUID | None = None,
    subject: UUID | None = None,
) -> None:
    """Hand events to a service's handlers as its subscriber does, each in its own transaction.

    Give the same `id` to deliver one again.
    """
    for told in events:
        type = told.DESCRIPTOR.full_name
        envelope = Envelope(id or uuid7(), type, type.split(".")[1], str(subject or uuid7()), now(), actor)
        async with database.transaction() as session:
            await Inbox(service, handlers).take_in(session, [(envelope, MessageToJson(told))])


async def eventually(check: Callable[[], Any], timeout: float = 10, pause: float = 0.02) -> Any:
    """Return the first true result of the check, which may be async; fail when the time is over."""
    until = time.monotonic() + timeout
    while True:
        try:
            found = check()
            found = await found if inspect.isawaitable(found) else found
            assert found, f"{getattr(check, '__qualname__', check)} did not come true within {timeout} s"
            return found
        except (AssertionError, LookupError):
            if time.monotonic() > until:
                raise
        await asyncio.sleep(pause)


# in a running service these are followed beside the requests, not in one
_FOLLOWED = ("FROM access_", "FROM field_schema", "FROM timer_calendar")


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the SQL that runs inside; `len` counts it."""
    found: list[str] = []
    fetch: Any = database.reader.fetch

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not any(table in statement for table in _FOLLOWED):
            found.append(statement)

    async def noted(connection: Any, sql: str, *given: Any) -> Any:
        note(None, None, sql)
        return await fetch(connection, sql, *given)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    database.reader.fetch = noted  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        database.reader.fetch = fetch  # type: ignore[method-assign]


@dataclass
class Issuer:
    """An issuer of real tokens with its keys served over HTTP: `async with Issuer() as issuer`."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    url: str = ""

    @property
    def jwks_url(self) -> str:
        """Where the public keys are."""
        return f"{self.url}/jwks.json"

    def verifier(self) -> TokenVerifier:
        """Return what a service checks this issuer's tokens with."""
        return TokenVerifier(issuer=self.url, jwks_url=self.jwks_url)

    def token(
        self,
        *grants: str,
        id: UUID | None = None,
        kind: Kind = "employee",
        expires_in: float = 600,
        key: ECKey | None = None,
    ) -> str:
        """Return a token as identity mints them, or a wrong one in the way that the test asks for."""
        issued = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": str(id or uuid7()),
            "kind": kind,
            "name": "Ada",
            "roles": [],
            "grants": list(grants),
            "iat": issued,
            "exp": issued + int(expires_in),
        }
        signed_by = key or self.key
        return jwt.encode({"alg": ALGORITHM, "kid": signed_by.kid}, claims, signed_by)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/jwks.json", self._keys)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})
