"""The GraphQL route: a raw ASGI application, so that nothing is built per request but the answer."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Mapping
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from chassis import telemetry
from chassis.access import ANONYMOUS, Principal, TokenVerifier
from chassis.errors import DomainError
from gateway.engine import Answer, Engine, Ready
from gateway.errors import STATUS, Refused, problem, refused
from gateway.metrics import ERRORS, REQUESTS
from gateway.planning.operation import Operation
from gateway.serving import sse
from gateway.subscriptions.hub import Hub
from gateway.subscriptions.subscriber import Subscriber

log = logging.getLogger(__name__)

PASSED_ON = ("authorization", "accept-language", "traceparent", "tracestate")
EVENT_STREAM = "text/event-stream"
OPEN = Principal(kind="service", name="anybody", grants=frozenset({"*:*"}))
REQUEST_ID = re.compile(r"[\w.-]{1,64}")

Headers = Mapping[str, str]
Result = Answer | Subscriber


class HungUp(Exception):
    """The caller closed the connection."""


class GraphQLEndpoint:
    """Answers POST of `application/json` with one operation; checks the bearer, the size and the time."""

    def __init__(
        self,
        engine: Engine,
        verifier: TokenVerifier | None,
        hub: Hub,
        *,
        introspection: bool,
        seconds: float,
    ) -> None:
        """Without a verifier everybody is admitted to everything."""
        self._engine = engine
        self._hub = hub
        self._verifier = verifier
        self._introspection = introspection
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = headers.get("x-request-id", "")
        if not REQUEST_ID.fullmatch(request_id):
            request_id = uuid4().hex
        with telemetry.extracted(headers), telemetry.span("POST /graphql", SpanKind.SERVER):
            try:
                work = self._answer(scope["method"], headers, request_id, receive)
                answer = await self.outcome(work, request_id)
                if isinstance(answer, dict):
                    await _send(send, answer, request_id, headers.get("accept", ""))
            except HungUp:
                log.debug("The caller of %s hung up", request_id)
                return
        if isinstance(answer, Subscriber):
            await sse.stream(answer, receive, send, request_id)
            return
        errors = answer.get("errors") or ()
        for error in errors:
            ERRORS.labels(error["extensions"]["code"]).inc()
        outcome = "ok" if not errors else "refused" if "data" not in answer else "partial"
        REQUESTS.labels(outcome).observe(perf_counter() - started)

    async def outcome(self, work: Awaitable[Result], request_id: str) -> Result:
        """Return what the work gives, or the errors that refuse or end it."""
        try:
            async with asyncio.timeout(self._seconds):
                return await work
        except Refused as error:
            return {"errors": list(error.problems)}
        except DomainError as error:
            return {"errors": [{"message": error.message, "extensions": error.extensions}]}
        except TimeoutError:
            late = f"No answer within {self._seconds:g} s; ask for less at once"
            return {"errors": [problem(late, "UNAVAILABLE")]}
        except HungUp:
            raise
        except Exception:
            log.exception("Request %s failed", request_id)
            failed = f"The gateway failed on request {request_id}; its log tells why"
            return {"errors": [problem(failed, "INTERNAL")]}

    async def start(
        self,
        request: Any,
        principal: Principal,
        sent: Headers,
        *,
        streams: bool = True,
    ) -> Result:
        """Answer a query or mutation; `streams` tells whether the caller can be told of events."""
        ready = await self._ready(checked(request), principal)
        subscription = ready.operation.subscription
        if subscription is None:
            return await self._engine.run(ready, sent)
        if not streams:
            raise refused(f"Subscribe with `accept: {EVENT_STREAM}`, or over a WebSocket", "INVALID")
        return await self._hub.subscribe(ready, subscription, principal, sent)

    async def _answer(self, method: str, headers: Headers, request_id: str, receive: Receive) -> Result:
        # a browser sends this content type across origins only after asking, so forged requests stay out
        if (
            method != "POST"
            or headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json"
        ):
            raise refused("Send one operation by POST as application/json", "INVALID")
        principal = await self.authenticated(headers.get("authorization"))
        request = _parsed(await self._body(receive))
        streams = EVENT_STREAM in headers.get("accept", "")
        return await self.start(request, principal, passed_on(headers, request_id), streams=streams)

    async def _ready(self, request: Mapping[str, Any], principal: Principal) -> Ready:
        def admit(operation: Operation) -> None:
            if operation.introspection is not None and not self._introspection:
                raise refused(
                    "Introspection is off here; the schema is published with the source", "FORBIDDEN"
                )
            if principal.kind == "anonymous" and not operation.public:
                raise refused("Sign in first: send `Authorization: Bearer <token>`", "UNAUTHENTICATED")

        return await self._engine.ready(
            request["query"],
            name=request.get("operationName"),
            variables=request.get("variables") or {},
            admit=admit,
        )

    async def authenticated(self, authorization: str | None) -> Principal:
        """Return whom an `Authorization` header speaks for."""
        if self._verifier is None:
            return OPEN
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refused("The Authorization header must be `Bearer <token>`", "UNAUTHENTICATED")
        return await self._verifier.verify(token)

    async def _body(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size, largest = 0, self._engine.limits.body_bytes
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise HungUp
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > largest:
                raise refused(f"A request may have {largest} bytes; ask for less at once", "LIMIT")
            if not message.get("more_body"):
                return b"".join((*parts, part))
            parts.append(part)


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused('The body is not JSON; send {"query": …, "variables": …}', "INVALID") from None


def checked(request: Any) -> dict[str, Any]:
    """Return the request if it has the form of one."""
    if isinstance(request, list):
        raise refused("Batches are not answered; send one operation per request", "INVALID")
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        raise refused('The body lacks a query; send {"query": …, "variables": …}', "INVALID")
    if not isinstance(request.get("variables"), dict | None):
        raise refused("variables must be an object", "INVALID")
    if not isinstance(request.get("operationName"), str | None):
        raise refused("operationName must be a text", "INVALID")
    return request


def passed_on(headers: Headers, request_id: str) -> dict[str, str]:
    """What the services are sent of a request's headers."""
    kept = {name: headers[name] for name in PASSED_ON if name in headers}
    return kept | {"x-request-id": request_id, "content-type": "application/json"}


async def _send(send: Send, answer: Answer, request_id: str, accept: str) -> None:
    if EVENT_STREAM in accept and "json" not in accept:
        await sse.answer(send, answer, request_id)
        return
    status = 200 if "data" in answer else STATUS[answer["errors"][0]["extensions"]["code"]]
    body = orjson.dumps(answer)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
