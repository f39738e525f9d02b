"""The graph as this command uses it: like any other client, with a token."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

ATTEMPTS = 5


class GraphError(Exception):
    """The graph refused, or did not answer."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Graph:
    """A connection to a running suite."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=60)
        self._http = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the data of an operation.

        Repeats it while a service is unavailable, so mutations should carry an idempotency key.
        Raises GraphError with the first refusal.
        """
        for attempt in range(ATTEMPTS):
            try:
                return await self._once(query, variables)
            except GraphError as error:
                if error.code != "UNAVAILABLE" or attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(2**attempt * 0.2)
        raise AssertionError("unreachable")

    async def _once(self, query: str, variables: Mapping[str, Any] | None) -> dict[str, Any]:
        body = orjson.dumps({"query": query, "variables": variables or {}})
        try:
            async with self._http.post(self._url, data=body) as response:
                answer = orjson.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise GraphError(f"{self._url} does not answer: {error}", "UNAVAILABLE") from error
        except orjson.JSONDecodeError as error:
            raise GraphError(f"{self._url} is no GraphQL endpoint", "INVALID") from error
        if answer.get("errors"):
            first = answer["errors"][0]
            raise GraphError(first["message"], first.get("extensions", {}).get("code", "INTERNAL"))
        data: dict[str, Any] = answer["data"]
        return data
