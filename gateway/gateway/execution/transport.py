"""One HTTP call per fetch."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import aiohttp
import orjson
from opentelemetry.trace import SpanKind, StatusCode

from chassis import telemetry
from gateway.metrics import FETCHES

log = logging.getLogger(__name__)

# Below the five seconds after which uvicorn closes an idle connection, so that none is reused as it closes.
IDLE_SECONDS = 4.0
CONNECTIONS_PER_SUBGRAPH = 100


class SubgraphFailure(Exception):
    """A subgraph gave no usable answer; the message tells why."""


@dataclass(frozen=True)
class Fetch:
    """A fetch of a plan, with the constant part of its body encoded once."""

    service: str
    head: bytes
    variables: tuple[str, ...]
    repeatable: bool

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> "Fetch":
        """Read a Fetch or BatchFetch node."""
        return cls(
            service=node["serviceName"],
            head=b'{"query":' + orjson.dumps(node["operation"]),
            variables=tuple(node.get("variableUsages") or ()),
            repeatable=node.get("operationKind", "query") == "query",
        )

    def body(self, variables: Mapping[str, Any]) -> bytes:
        """The request's body."""
        return self.head + b',"variables":' + orjson.dumps(variables) + b"}"


class Transport:
    """Posts fetches to the subgraphs, each within a deadline."""

    def __init__(self, urls: Mapping[str, str], deadline: float) -> None:
        self._urls = urls
        self._deadline = deadline
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=CONNECTIONS_PER_SUBGRAPH, keepalive_timeout=IDLE_SECONDS
            ),
            timeout=aiohttp.ClientTimeout(total=deadline),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def send(
        self, fetch: Fetch, variables: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the subgraph's GraphQL response, or raise SubgraphFailure."""
        started = perf_counter()
        outcome = "ok"
        with telemetry.span(f"fetch {fetch.service}", SpanKind.CLIENT) as span:
            try:
                return await self._exchange(fetch, variables, {**headers, **telemetry.inject()})
            except SubgraphFailure as failure:
                outcome = "failed"
                span.set_status(StatusCode.ERROR, str(failure))
                log.warning("Fetch from %s failed: %s", fetch.service, failure)
                raise
            finally:
                FETCHES.labels(fetch.service, outcome).observe(perf_counter() - started)

    async def _exchange(
        self, fetch: Fetch, variables: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        body = fetch.body(variables)
        try:
            try:
                return await self._post(fetch.service, body, headers)
            except aiohttp.ServerDisconnectedError:
                if not fetch.repeatable:
                    raise
                return await self._post(fetch.service, body, headers)  # the pooled connection had just closed
        except TimeoutError:
            raise SubgraphFailure(f"{fetch.service} did not answer within {self._deadline:g} s") from None
        except aiohttp.ClientConnectorError:
            raise SubgraphFailure(f"{fetch.service} is not reachable") from None
        except (aiohttp.ClientError, OSError):
            raise SubgraphFailure(f"{fetch.service} broke the connection off") from None

    async def _post(self, service: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        async with self._session.post(
            self._urls[service], data=body, headers=headers, allow_redirects=False
        ) as answer:
            status, content = answer.status, await answer.read()
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError:
            raise SubgraphFailure(
                f"{service} answered HTTP {status} with something that is not JSON"
            ) from None
        if type(found) is not dict or ("data" not in found and not found.get("errors")):
            raise SubgraphFailure(f"{service} answered HTTP {status} with something that is not GraphQL")
        return found
