"""The GraphQL route: a raw ASGI application, so that nothing is built per request but the answer."""

import asyncio
import logging
import re
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from chassis import telemetry
from chassis.access import TokenVerifier
from chassis.errors import DomainError
from gateway.engine import Answer
from gateway.errors import STATUS, Refused, problem, refused
from gateway.metrics import ERRORS, REQUESTS
from gateway.planning.operation import Operation
from gateway.serving.reload import Engines

log = logging.getLogger(__name__)

PASSED_ON = ("authorization", "accept-language", "traceparent", "tracestate")
REQUEST_ID = re.compile(r"[\w.-]{1,64}")

Headers = Mapping[str, str]


class HungUp(Exception):
    """The caller closed the connection."""


class GraphQLEndpoint:
    """Answers POST of `application/json` with one operation; checks the bearer, the size and the time."""

    def __init__(
        self, engines: Engines, verifier: TokenVerifier | None, *, introspection: bool, seconds: float
    ) -> None:
        """Without a verifier everybody is admitted to everything."""
        self._engines = engines
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
                status, answer = await self._serve(scope["method"], headers, request_id, receive)
                await _send(send, status, answer, request_id)
            except HungUp:
                log.debug("The caller of %s hung up", request_id)
                return
        errors = answer.get("errors") or ()
        for error in errors:
            ERRORS.labels(error["extensions"]["code"]).inc()
        outcome = "ok" if not errors else "refused" if "data" not in answer else "partial"
        REQUESTS.labels(outcome).observe(perf_counter() - started)

    async def _serve(
        self, method: str, headers: Headers, request_id: str, receive: Receive
    ) -> tuple[int, Answer]:
        try:
            async with asyncio.timeout(self._seconds):
                return 200, await self._answer(method, headers, request_id, receive)
        except Refused as error:
            return STATUS[error.code], {"errors": list(error.problems)}
        except DomainError as error:
            return STATUS[error.code], {
                "errors": [{"message": error.message, "extensions": error.extensions}]
            }
        except TimeoutError:
            late = problem(f"No answer within {self._seconds:g} s; ask for less at once", "UNAVAILABLE")
            return 503, {"errors": [late]}
        except HungUp:
            raise
        except Exception:
            log.exception("Request %s failed", request_id)
            failed = problem(f"The gateway failed on request {request_id}; its log tells why", "INTERNAL")
            return 500, {"errors": [failed]}

    async def _answer(self, method: str, headers: Headers, request_id: str, receive: Receive) -> Answer:
        # a browser sends this content type across origins only after asking, so forged requests stay out
        if (
            method != "POST"
            or headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json"
        ):
            raise refused("Send one operation by POST as application/json", "INVALID")
        known = await self._authenticated(headers)
        request = _request(await self._body(receive))

        def admit(operation: Operation) -> None:
            if operation.introspection is not None and not self._introspection:
                raise refused(
                    "Introspection is off here; the schema is published with the source", "FORBIDDEN"
                )
            if not known and not operation.public:
                raise refused("Sign in first: send `Authorization: Bearer <token>`", "UNAUTHENTICATED")

        passed_on = {name: headers[name] for name in PASSED_ON if name in headers}
        passed_on["x-request-id"] = request_id
        passed_on["content-type"] = "application/json"
        with self._engines.lent() as engine:
            return await engine.answer(
                engine.text(request),
                name=request.get("operationName"),
                variables=request.get("variables") or {},
                headers=passed_on,
                admit=admit,
            )

    async def _authenticated(self, headers: Headers) -> bool:
        if self._verifier is None:
            return True
        authorization = headers.get("authorization")
        if authorization is None:
            return False
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refused("The Authorization header must be `Bearer <token>`", "UNAUTHENTICATED")
        await self._verifier.verify(token)
        return True

    async def _body(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size, largest = 0, self._engines.limits.body_bytes
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


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused('The body is not JSON; send {"query": …, "variables": …}', "INVALID") from None
    if isinstance(request, list):
        raise refused("Batches are not answered; send one operation per request", "INVALID")
    if not isinstance(request, dict) or not isinstance(request.get("query"), str | None):
        raise refused('The body must hold the query as a text; send {"query": …, "variables": …}', "INVALID")
    if not isinstance(request.get("variables"), dict | None):
        raise refused("variables must be an object", "INVALID")
    if not isinstance(request.get("operationName"), str | None):
        raise refused("operationName must be a text", "INVALID")
    return request


async def _send(send: Send, status: int, answer: Answer, request_id: str) -> None:
    body = orjson.dumps(answer)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
