"""The GraphQL route: a raw ASGI application, so that nothing is built per request but the answer."""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import orjson
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from chassis import telemetry
from chassis.access import ANONYMOUS, Principal, TokenVerifier
from chassis.edges.addresses import address_of, counted_as
from chassis.errors import DomainError
from gateway.engine import Answer
from gateway.errors import STATUS, Refused, problem, refused
from gateway.metrics import ERRORS, REQUESTS, OperationNames
from gateway.planning.operation import Operation
from gateway.serving import sse
from gateway.serving.api_keys import MARK, ApiKeys
from gateway.serving.compression import SMALLEST, compressed
from gateway.serving.negotiation import JSON, content_coding, expects_json_only, media_type
from gateway.serving.rates import Rates
from gateway.serving.reload import Engines
from gateway.subscriptions.hub import Hub
from gateway.subscriptions.subscriber import Subscriber

log = logging.getLogger(__name__)

PASSED_ON = ("authorization", "accept-language", "traceparent", "tracestate")
# what is left of a request's time when no fetch goes on; it answers with the parts that are there
FETCHING_SHARE = 0.95
STRANGERS_BUDGET = 100  # one mutation, so that nobody guesses many passwords by one request
OPEN = Principal(kind="service", name="anybody", grants=frozenset({"*:*"}))
REQUEST_ID = re.compile(r"[\w.-]{1,64}")

Headers = Mapping[str, str]
Result = Answer | Subscriber


class HungUp(Exception):
    """The caller closed the connection."""


@dataclass
class Call:
    """One operation that is asked for, and what became known of it while it was served."""

    headers: Headers
    address: str | None
    request_id: str = field(default_factory=lambda: secrets.token_hex(16))
    name: str = ""
    well_formed: bool = False

    @property
    def passed_on(self) -> dict[str, str]:
        """What the services are sent of the headers."""
        kept = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        return kept | {"x-request-id": self.request_id, "content-type": JSON, **self.forwarded}

    @property
    def forwarded(self) -> dict[str, str]:
        """What tells the services from where it is asked; nothing that the caller says of it."""
        return {"x-forwarded-for": self.address} if self.address else {}

    @property
    def counted_as(self) -> str:
        """As whom a request without a token is counted."""
        return counted_as(self.address or "")


@dataclass(frozen=True)
class Reply:
    """A status, the response's content or the stream of them, and headers beside the usual."""

    status: int
    answer: Result
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Caller:
    """Who asks, and as whom the requests are counted."""

    principal: Principal
    counted_as: str

    @property
    def known(self) -> bool:
        """Whether the caller may ask for more than what is public."""
        return self.principal.kind != "anonymous"


class GraphQLEndpoint:
    """Answers POST of `application/json` with one operation; checks bearer, rate, size and time."""

    def __init__(
        self,
        engines: Engines,
        hub: Hub,
        verifier: TokenVerifier | None,
        api_keys: ApiKeys | None,
        rates: Rates | None,
        *,
        introspection: bool,
        seconds: float,
    ) -> None:
        """Without a verifier everybody is admitted to everything, without rates at any pace."""
        self._engines = engines
        self._hub = hub
        self._verifier = verifier
        self._api_keys = api_keys
        self._rates = rates
        self._introspection = introspection
        self._seconds = seconds
        self._names = OperationNames()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(headers, address_of(scope))
        if REQUEST_ID.fullmatch(sent := headers.get("x-request-id", "")):
            call.request_id = sent
        with telemetry.extracted(headers), telemetry.span("POST /graphql", SpanKind.SERVER):
            try:
                reply = await self.reply(call, self._answer(call, scope["method"], receive))
                if not isinstance(reply.answer, Subscriber):
                    await _send(send, call, reply, reply.answer)
            except HungUp:
                log.debug("The caller of %s hung up", call.request_id)
                return
        if isinstance(reply.answer, Subscriber):
            await sse.stream(reply.answer, receive, send, call.request_id)
        else:
            self._note(call, reply.answer, perf_counter() - started)

    def _note(self, call: Call, answer: Answer, seconds: float) -> None:
        errors = answer.get("errors") or ()
        for error in errors:
            ERRORS.labels(error["extensions"]["code"]).inc()
        outcome = "ok" if not errors else "refused" if "data" not in answer else "partial"
        operation = self._names.label(call.name, worked=outcome == "ok")
        REQUESTS.labels(operation, outcome).observe(seconds)

    async def reply(self, call: Call, work: Awaitable[Result]) -> Reply:
        """Return what the work gives in time, or the errors that refuse or end it."""
        try:
            async with asyncio.timeout(self._seconds):
                return Reply(200, await work)
        except Refused as error:
            # the GraphQL-over-HTTP specification: for who knows JSON alone, a faulty document is an answer
            legacy = error.code == "INVALID" and call.well_formed
            accepted = legacy and expects_json_only(call.headers.get("accept", ""))
            return Reply(200 if accepted else error.status, {"errors": list(error.problems)}, error.headers)
        except DomainError as error:
            told = {"message": error.message, "extensions": error.extensions}
            return Reply(STATUS[error.code], {"errors": [told]})
        except TimeoutError:
            if call.well_formed:
                late = problem(f"No answer within {self._seconds:g} s; ask for less at once", "UNAVAILABLE")
                return Reply(503, {"errors": [late]})
            slow = problem(f"The request did not arrive within {self._seconds:g} s", "LIMIT")
            return Reply(408, {"errors": [slow]}, [("connection", "close")])
        except HungUp:
            raise
        except Exception:
            log.exception("Request %s failed", call.request_id)
            failed = f"The gateway failed on request {call.request_id}; its log tells why"
            return Reply(500, {"errors": [problem(failed, "INTERNAL")]})

    async def _answer(self, call: Call, method: str, receive: Receive) -> Result:
        caller = await self.caller(call)
        _check_form(method, call.headers)
        body = await self._body(receive)
        request = _checked(_parsed(body), body, self._engines.limits.nesting)
        return await self._start(call, request, caller, streams=sse.CONTENT in call.headers.get("accept", ""))

    async def start(self, call: Call, request: Any, caller: Caller) -> Result:
        """Answer an operation, or tell of events, on a connection whose caller is known."""
        if _api_key(call.headers):  # its token lasts for minutes, the connection for longer
            caller = await self.caller(call)
        else:
            self._count(caller.counted_as)
        checked = _checked(request, orjson.dumps(request), self._engines.limits.nesting)
        return await self._start(call, checked, caller, streams=True)

    async def _start(self, call: Call, request: dict[str, Any], caller: Caller, *, streams: bool) -> Result:
        call.well_formed = True
        until = asyncio.get_running_loop().time() + FETCHING_SHARE * self._seconds
        with self._engines.lent() as engine:
            ready = await engine.ready(
                engine.text(request),
                name=request.get("operationName"),
                variables=request.get("variables") or {},
                admit=lambda operation, cost: self._admit(call, caller, operation, cost),
            )
            subscription = ready.operation.subscription
            if subscription is None:
                return await engine.run(ready, call.passed_on, until=until)
            if not streams:
                raise refused(f"Subscribe with `accept: {sse.CONTENT}`, or over a WebSocket", "INVALID")
            return await self._hub.subscribe(engine, ready, subscription, caller.principal, call.passed_on)

    def _admit(self, call: Call, caller: Caller, operation: Operation, cost: int) -> None:
        if operation.introspection is not None and not self._introspection:
            raise refused("Introspection is off here; the schema is published with the source", "FORBIDDEN")
        if not caller.known and not operation.public:
            raise refused("Sign in first: send `Authorization: Bearer <token>`", "UNAUTHENTICATED")
        if not caller.known and cost > STRANGERS_BUDGET:
            told = f"Without a token an operation may cost {STRANGERS_BUDGET}; send one mutation at a time"
            raise refused(told, "LIMIT", cost=cost, budget=STRANGERS_BUDGET)
        if self._rates is not None:
            self._rates.charge(caller.counted_as, cost)
        if caller.known and operation.node.name:
            call.name = operation.node.name.value

    async def caller(self, call: Call) -> Caller:
        """Whom the request's token speaks for; counts the request, one with a bad token as nobody's."""
        try:
            if self._api_keys is not None and (key := _api_key(call.headers)):
                call.headers = {
                    **call.headers,
                    "authorization": f"Bearer {await self._api_keys.token(key, call.forwarded)}",
                }
            principal = await self._authenticated(call.headers.get("authorization"))
        except (Refused, DomainError):
            self._count(call.counted_as)
            raise
        caller = Caller(principal, str(principal.id) if principal.id else call.counted_as)
        self._count(caller.counted_as)
        return caller

    def _count(self, caller: str) -> None:
        if self._rates is not None:
            self._rates.take(caller)

    async def _authenticated(self, authorization: str | None) -> Principal:
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


def _api_key(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token.startswith(MARK) else None


def _check_form(method: str, headers: Headers) -> None:
    if method != "POST":
        wrong = problem("Send one operation by POST as application/json", "INVALID")
        raise Refused(wrong, status=405, headers=[("allow", "POST")])
    # a browser sends this content type across origins only after asking, so forged requests stay out
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Refused(problem("Send one operation by POST as application/json", "INVALID"), status=415)
    # inflated, a small body may fill the memory, and requests are small
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(
            problem("Send the body as it is, without content-encoding", "INVALID"),
            status=415,
            headers=[("accept-encoding", "identity")],
        )


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused('The body is not JSON; send {"query": …, "variables": …}', "INVALID") from None


def _checked(request: Any, body: bytes, deepest: int) -> dict[str, Any]:
    if isinstance(request, list):
        raise refused("Batches are not answered; send one operation per request", "INVALID")
    if not isinstance(request, dict) or not isinstance(request.get("query"), str | None):
        raise refused('The body must hold the query as a text; send {"query": …, "variables": …}', "INVALID")
    if not isinstance(request.get("variables"), dict | None):
        raise refused("variables must be an object", "INVALID")
    if not isinstance(request.get("operationName"), str | None):
        raise refused("operationName must be a text", "INVALID")
    # counted first, because few requests are worth the walk
    if body.count(b"[") + body.count(b"{") > deepest and _levels(request) > deepest:
        raise refused(f"A request may be nested {deepest} levels deep; send flatter variables", "LIMIT")
    return request


def _levels(value: Any) -> int:
    levels, layer = 0, [value]
    while layer:
        levels += 1
        inner = [each for each in layer if isinstance(each, dict | list)]
        layer = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
    return levels


async def _send(send: Send, call: Call, reply: Reply, answer: Answer) -> None:
    accept = call.headers.get("accept", "")
    if sse.CONTENT in accept and "json" not in accept:
        await sse.answer(send, answer, call.request_id)
        return
    body = orjson.dumps(answer)
    headers = [
        (b"content-type", media_type(accept).encode()),
        (b"vary", b"accept, accept-encoding"),
        (b"x-request-id", call.request_id.encode()),
    ]
    coding = content_coding(call.headers.get("accept-encoding", "")) if len(body) > SMALLEST else None
    if coding is not None:
        body = await compressed(body, coding)
        headers.append((b"content-encoding", coding.encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    headers.extend((name.encode(), value.encode()) for name, value in reply.headers)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
