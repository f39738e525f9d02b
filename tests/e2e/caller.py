"""Somebody who uses the graph over HTTP at the gateway."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    data: Any
    errors: list[dict[str, Any]]
    extensions: dict[str, Any]
    text: str

    @property
    def codes(self) -> list[str]:
        """The codes of the errors, in order."""
        return [error["extensions"]["code"] for error in self.errors]


class Stream:
    """What a subscription tells, over server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._lines = response.content

    async def next(self) -> dict[str, Any] | None:
        """Return the next result, or None when the stream is complete."""
        event = ""
        async for line in self._lines:
            name, _, value = line.decode().strip().partition(":")
            if name == "event":
                event = value.strip()
            elif name == "data":
                return orjson.loads(value) if event == "next" else None
        raise EOFError("the stream broke off")


class Caller:
    """One person's connection to the graph.

    With `patience`, whatever is UNAVAILABLE or does not answer is asked again for so many seconds, as a
    front end would; mutations then need an idempotency key.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        patience: float = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = url
        self.token = token
        self.patience = patience
        self._tls = tls

    async def __aenter__(self) -> Self:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        timeout = aiohttp.ClientTimeout(total=30)
        self._http = aiohttp.ClientSession(
            headers=headers, timeout=timeout, connector=aiohttp.TCPConnector(ssl=self._tls or True)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the whole answer, errors included."""
        return await self.send(orjson.dumps({"query": query, "variables": variables}), headers=headers)

    async def send(self, body: bytes, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a raw body and return the whole answer."""
        sent = {"content-type": "application/json", **(headers or {})}
        async with self._http.post(self.url, data=body, headers=sent) as response:
            text = await response.text()
            answer = orjson.loads(text)
            return Answer(
                response.status,
                answer.get("data"),
                answer.get("errors", []),
                answer.get("extensions", {}),
                text,
            )

    @asynccontextmanager
    async def subscribed(
        self, subscription: str, variables: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Stream]:
        """Subscribe; what happens from now on is told."""
        body = {"query": subscription, "variables": variables}
        async with self._http.post(self.url, json=body, headers={"accept": "text/event-stream"}) as response:
            yield Stream(response)

    async def get(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Return the data; fail on any error."""
        until = time.monotonic() + self.patience
        while True:
            try:
                answer = await self.ask(query, variables)
                if "UNAVAILABLE" not in answer.codes:
                    assert not answer.errors, answer.errors
                    return answer.data
                failure: Exception = AssertionError(answer.errors)
            except (aiohttp.ClientError, TimeoutError) as error:
                failure = error
            if time.monotonic() >= until:
                raise failure
            await asyncio.sleep(0.2)

    async def do(self, mutation: str, shape: str, **input: Any) -> Any:
        """Run one mutation of the graph's form and return its payload; fail on any error.

        `shape` is the selection, e.g. `await caller.do("createLead", "{ lead { id } }", company="Acme")`.
        """
        data = await self.get(_document(mutation, shape), {"input": input})
        return data[mutation]

    async def refused(self, mutation: str, **input: Any) -> list[str]:
        """Run one mutation and return the codes of its refusal."""
        answer = await self.ask(_document(mutation, "{ __typename }"), {"input": input})
        return answer.codes

    async def sign_in(self, email: str, password: str) -> str:
        """Return a token for this person."""
        signed_in = await self.do("signIn", "{ token }", email=email, password=password)
        token: str = signed_in["token"]
        return token


def _document(mutation: str, shape: str) -> str:
    return (
        f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) {shape} }}"
    )
