"""The GraphQL route of a service: one raw ASGI application, nothing rebuilt per request."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from graphql import GraphQLError
from opentelemetry import trace
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.federation import Schema

from chassis import access, telemetry
from chassis.access import ANONYMOUS, Principal, TokenVerifier, answers
from chassis.audit.context import coming_from
from chassis.audit.reading import ReadLog, Records
from chassis.edges.addresses import address_of
from chassis.errors import DomainError, Invalid, LimitExceeded
from chassis.fields import lists
from chassis.graphql.context import BaseContext
from chassis.graphql.limits import Documents

MAX_BODY = 1_000_000
STATUS = {"UNAUTHENTICATED": 401, "LIMIT": 413, "UNAVAILABLE": 503}
TOO_LONG = re.compile(r"value too long for type character varying\((\d+)\)")
UNFIT = {
    "22021": "A text contains a NUL character; send it without",
    "22003": "A number is too large to be kept",
}

Headers = Mapping[str, str]
MakeContext = Callable[[Principal], BaseContext]
log = logging.getLogger(__name__)


class GraphQLRoute:
    """Answers POST with `application/json` by executing a service's schema."""

    def __init__(
        self, schema: Schema, make_context: MakeContext, verifier: TokenVerifier, reads: ReadLog
    ) -> None:
        self._documents = Documents(schema._schema)
        self._make_context = make_context
        self._verifier = verifier
        self._reads = reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with telemetry.extracted(headers), telemetry.span("graphql", trace.SpanKind.SERVER):
            read: Records = ()
            try:
                if scope["method"] != "POST" or not headers.get("content-type", "").startswith(
                    "application/json"
                ):
                    raise Invalid("Send the query by POST as application/json")
                principal = await self._principal(headers)
                request = _request(await _body(receive))
                with access.acting_as(principal), coming_from(address_of(scope)):
                    status, (answer, read) = 200, await self._answer(request, principal)
            except DomainError as error:
                status, answer = STATUS.get(error.code, 400), {"errors": [_plain(error)]}
        await _send(send, status, answer)
        if read:
            await self._reads.put(read)

    async def close(self, seconds: float) -> None:
        """Record what was read."""
        await self._reads.close(seconds)

    async def _principal(self, headers: Headers) -> Principal:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not token or scheme.lower() != "bearer":
            return ANONYMOUS
        return await self._verifier.verify(token)

    async def _answer(self, request: dict[str, Any], principal: Principal) -> tuple[dict[str, Any], Records]:
        document, errors = self._documents.get(request["query"])
        if document is None:
            return {"errors": [formatted(error) for error in errors]}, ()
        if document.subscribes:
            raise Invalid("Subscriptions are served by the gateway")
        context = self._make_context(principal)
        await lists.ready(context.database)
        result = await document.execute(context, request.get("variables"), request.get("operationName"))
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [formatted(error) for error in result.errors]
        if context.masked:
            answers.tell(answer, context.masked, document.fields)
        name = request.get("operationName") or "query"
        return answer, context.seen.entries(document.coordinates, name) if context.seen else ()


def before(app: ASGIApp, graphql: ASGIApp) -> ASGIApp:
    """Serve /graphql beside an application, because the way through its routes costs as much as an answer."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await (graphql if scope["type"] == "http" and scope["path"] == "/graphql" else app)(
            scope, receive, send
        )

    return serve


def formatted(error: GraphQLError) -> dict[str, Any]:
    """Return what a caller may see of an error: a typed refusal whole, a defect only by its reference."""
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shown["path"] = error.path
    cause = _cause(error)
    if isinstance(cause, DomainError):
        return {**shown, "message": cause.message, "extensions": cause.extensions}
    if cause is None:
        return {**shown, "extensions": {"code": "INVALID", **(error.extensions or {})}}
    if isinstance(cause, DBAPIError) and _sqlstate(cause).startswith("22"):  # the class of data exceptions
        refusal = unfit(cause)
        return {**shown, "message": refusal.message, "extensions": refusal.extensions}
    reference = f"{trace.get_current_span().get_span_context().trace_id:032x}"
    log.error("Unexpected error at %s (trace %s)", error.path, reference, exc_info=cause)
    message = f"Something went wrong here; the operators find it under {reference}"
    return {**shown, "message": message, "extensions": {"code": "INTERNAL", "reference": reference}}


def _cause(error: GraphQLError) -> Exception | None:
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        if cause.original_error is None:
            return None
        cause = cause.original_error
    return cause


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def unfit(error: DBAPIError) -> Invalid:
    """Return what a caller is told of a value that the database cannot keep (a data exception)."""
    if longest := TOO_LONG.search(str(error.orig)):
        return Invalid(f"A text is too long; where it belongs fit {longest[1]} characters")
    return Invalid(UNFIT.get(_sqlstate(error), "A value does not fit where it belongs"))


def _plain(error: DomainError) -> dict[str, Any]:
    return {"message": error.message, "extensions": error.extensions}


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid('The body is not JSON; send {"query": …, "variables": …}') from None
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        raise Invalid('The body lacks a query; send {"query": …, "variables": …}')
    if not isinstance(request.get("variables") or {}, dict):
        raise Invalid("variables must be an object", path=("variables",))
    if not isinstance(request.get("operationName") or "", str):
        raise Invalid("operationName must be a text", path=("operationName",))
    return request


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid("The caller hung up")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise LimitExceeded(f"A request has at most {MAX_BODY} bytes; split it")
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, status: int, answer: dict[str, Any]) -> None:
    body = orjson.dumps(answer, default=str)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
