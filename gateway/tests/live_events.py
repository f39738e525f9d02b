"""Tools for tests of live events: a graph with subscriptions, events in NATS, readers over SSE."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import orjson
from nats.aio.client import Client

Json = dict[str, Any]

OPENED, CLOSED, ASKED = (f"roundel.alpha.v1.{name}" for name in ("CaseOpened", "CaseClosed", "TaskAsked"))
ALPHA = f"""
extend schema @link(url: "https://specs.roundel.example/live/v1.0", import: ["@live"])
  @composeDirective(name: "@live")
directive @live(events: [String!]!, id: String, caller: [String!], needs: String) on FIELD_DEFINITION
type Query {{ cases: Int signs: Int @tag(name: "public") }}
type Mutation {{ open(id: ID!): Int }}
type Subscription {{
  caseMoved(queue: String): Case! @live(events: ["{OPENED}", "{CLOSED}"], needs: "case:read")
  caseChanged(id: ID!): Case @live(events: ["{OPENED}", "{CLOSED}"], id: "caseId", needs: "case:read")
  myTasks: Task! @live(events: ["{ASKED}"], caller: ["assigneeId", "role"])
  undeclared: Case
}}
type Case @key(fields: "id") {{ id: ID! title(shout: Boolean): String! }}
type Task @key(fields: "id") {{ id: ID! }}
"""
BETA = """
type Case @key(fields: "id") { id: ID! votes: Int }
"""
MOVED = "subscription($queue: String) { caseMoved(queue: $queue) { id title votes } }"


class Reader:
    """Reads one stream of server-sent events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> tuple[str, Json | None]:
        """Return the next event and its data; comments are passed over."""
        event = data = b""
        async for line in self.answer.content:
            name, _, value = line.rstrip(b"\n").partition(b":")
            if name == b"event":
                event = value.strip()
            elif name == b"data":
                data = value.strip()
            elif not line.strip() and event:
                return event.decode(), orjson.loads(data) if data else None
        raise EOFError("the stream broke off")

    async def data(self) -> Json:
        """Return the data of the next event."""
        event, body = await self.next()
        assert event == "next"
        assert body is not None
        assert "errors" not in body, body
        data: Json = body["data"]
        return data


@dataclass
class Live:
    """A graph whose services tell of changes."""

    graph: Any
    issuer: Any  # chassis.testing.Issuer, or None where everybody is admitted
    nats: Client

    async def tell(self, type: str, subject: str, **data: str) -> None:
        """Publish an event as a service's relay does."""
        headers = {"ce-id": str(uuid4()), "ce-type": type, "ce-subject": subject}
        await self.nats.jetstream().publish(type, orjson.dumps(data), headers=headers)

    async def tell_many(self, reader: Reader) -> None:
        """Tell of more than one reader's connection and queue can hold; another reads along."""
        for batch in range(0, 200, 50):
            await asyncio.gather(*(self.tell(OPENED, str(number)) for number in range(batch, batch + 50)))
            for _ in range(50):
                await reader.data()

    @asynccontextmanager
    async def reading(self, query: str, token: str | None = None, **variables: Any) -> AsyncIterator[Reader]:
        """Subscribe over SSE."""
        headers = {"accept": "text/event-stream"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        body = {"query": query, "variables": variables}
        url = f"{self.graph.url}/graphql"
        async with self.graph.http.post(url, json=body, headers=headers) as answer:
            yield Reader(answer)
