"""One HTTP call per fetch."""

import asyncio
import logging
import ssl
from collections.abc import Coroutine, Hashable, Mapping
from functools import cache, partial
from time import perf_counter
from typing import Any

import orjson
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import Histogram

from chassis import telemetry
from gateway.execution.breaker import Breaker
from gateway.execution.bulkhead import Bulkhead
from gateway.execution.failures import Cause, SubgraphFailure
from gateway.execution.gathering import Gathering, Line
from gateway.execution.http import ConnectionLost, HttpClient, Target, TooLarge, Unreachable, written
from gateway.execution.questions import Question
from gateway.execution.retries import RETRIES, RetryBudget, may_be_repeated, pause
from gateway.execution.sharing import Sharing
from gateway.metrics import BREAKER, FETCHES, UNDER_WAY
from gateway.metrics import RETRIES as RETRIED

log = logging.getLogger(__name__)

LARGEST_ANSWER = 64 * 1024 * 1024
# A fetch cut short by its request's end tells about the subgraph only if it had this share of its time.
TELLING_SHARE = 0.5
# What differs between two requests of one caller without changing the answer.
OF_ONE_REQUEST = frozenset(("traceparent", "tracestate", "x-request-id"))

Answer = dict[str, Any]


class Sender:
    """On whose behalf one request's fetches are sent: its headers, written once."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """`headers` go with every fetch, and so does the trace in which this is made."""
        self._headers = headers
        self._trace = telemetry.inject()
        self._head = written({**headers, **self._trace})
        known = trace.get_current_span().get_span_context()
        self._unrecorded = known.is_valid and not known.trace_flags.sampled
        # None: callers without a name may be different ones
        self.caller: Hashable = None
        if "authorization" in headers:
            # one text, because tuples count their hash anew whenever they are looked for
            self.caller = written({name: headers[name] for name in headers if name not in OF_ONE_REQUEST})

        self._lines: list[Line] = []
        self._began = perf_counter()
        self.was_answered = False

    def enter(self, line: Line) -> None:
        """One of the fetches has a place in this line; it is left when the request is over."""
        line.enter()
        self._lines.append(line)

    def leave(self) -> None:
        """The request is over."""
        took = perf_counter() - self._began
        for line in self._lines:
            line.leave(took)
        self._lines.clear()

    def span(self, step: str) -> Span | None:
        """Begin a fetch's own step of the trace, where that is recorded; whoever asked ends it."""
        return None if self._unrecorded else telemetry.begin(step, SpanKind.CLIENT, self._trace)

    def head(self, span: Span | None) -> bytes:
        """The lines of the headers; they name the fetch's own span if it has one."""
        if span is None or not span.is_recording():
            return self._head
        return written({**self._headers, **telemetry.inject(span)})


class _Late(Exception):
    """The time for a fetch was over; who shares it may have more."""


class _Upstream:
    """One subgraph: where it is and how it fares."""

    def __init__(self, service: str, url: str) -> None:
        self.service = service
        self.step = f"fetch {service}"
        self.unasked = f"{service} is busy and could not be asked in time"
        self.target = Target.of(url)
        self.breaker = Breaker(service)
        self.bulkhead = Bulkhead(service)
        self.retries = RetryBudget()
        BREAKER.labels(service).set_function(lambda: self.breaker.state)
        UNDER_WAY.labels(service).set_function(lambda: self.bulkhead.under_way)

    async def turn(self, until: float) -> None:
        """Wait for a place among the fetches under way."""
        try:
            async with asyncio.timeout_at(until):
                await self.bulkhead.wait()
        except TimeoutError:
            raise _Late(self.unasked) from None


class Transport:
    """Posts fetches to the subgraphs, each within a deadline."""

    def __init__(self, urls: Mapping[str, str], seconds: float, tls: ssl.SSLContext | None = None) -> None:
        self._seconds = seconds
        self._upstreams = {service: _Upstream(service, url) for service, url in urls.items()}
        self._sharing = Sharing()
        self._gathering = Gathering()
        self._client = HttpClient(largest=LARGEST_ANSWER, tls=tls)

    async def close(self) -> None:
        """Close all connections."""
        self._client.close()

    async def send(self, question: Question, sender: Sender, until: float) -> Answer:
        """Return the subgraph's GraphQL response or raise SubgraphFailure before the loop's time `until`."""
        began = perf_counter()
        outcome = "cancelled"
        fetch = question.fetch
        upstream = self._upstreams[fetch.service]
        span = sender.span(upstream.step)
        try:
            answer = await self._within_time(upstream, question, sender, span, until)
            outcome = "ok"
            return answer
        except SubgraphFailure as failure:
            outcome = failure.cause.lower()
            if span is not None:
                span.set_status(StatusCode.ERROR, str(failure))
            # the breaker has told once that it opened; a line per fetch would only add to the load
            level = logging.DEBUG if failure.cause is Cause.CIRCUIT_OPEN else logging.WARNING
            log.log(level, "Fetch from %s failed: %s", fetch.service, failure)
            raise
        finally:
            sender.was_answered = True
            if span is not None:
                span.end()
            _fetches(fetch.service, outcome).observe(perf_counter() - began)

    async def _within_time(
        self, upstream: _Upstream, question: Question, sender: Sender, span: Span | None, until: float
    ) -> Answer:
        fetch = question.fetch
        if until <= asyncio.get_running_loop().time():
            raise SubgraphFailure(Cause.DEADLINE_EXCEEDED, f"No time was left to ask {fetch.service}")
        head = sender.head(span)

        def ask(question: Question, until: float) -> Coroutine[Any, Any, Answer]:
            return self._guarded(upstream, question, head, until)

        try:
            if not fetch.repeatable:
                try:
                    return await ask(question, until)
                finally:
                    self._sharing.forget()
            if sender.caller is None:
                return await ask(question, until)
            line = self._line(question, sender, span)
            if line is None:
                call = partial(ask, question, until)
            else:
                call = partial(line.answer, question, ask, until, first=not sender.was_answered)
            return await self._sharing.answer(question.key, sender.caller, call, until)
        except _Late as late:
            raise SubgraphFailure(Cause.DEADLINE_EXCEEDED, str(late)) from None
        except TimeoutError:
            reason = f"{fetch.service} did not answer in time to whoever asked the same before"
            raise SubgraphFailure(Cause.DEADLINE_EXCEEDED, reason) from None

    def _line(self, question: Question, sender: Sender, span: Span | None) -> Line | None:
        """Where it may wait for like ones; what is recorded is asked alone, so that it tells of itself."""
        if span is not None and span.is_recording():
            return None
        line = self._gathering.line(sender.caller, question)
        if line is not None:
            sender.enter(line)
        return line

    async def _guarded(self, upstream: _Upstream, question: Question, head: bytes, until: float) -> Answer:
        breaker, clock = upstream.breaker, asyncio.get_running_loop().time
        breaker.check()
        if not upstream.bulkhead.enter():
            await upstream.turn(until)
        try:
            # what waited has its full time still, or all that is asked of a busy service would be late
            ticket, began = breaker.enter(), clock()
            deadline = min(began + self._seconds, until)
            try:
                found = await self._attempts(upstream, question, head, deadline)
            except SubgraphFailure as failure:
                breaker.failed(ticket, str(failure))
                raise
            except TimeoutError:
                late = f"{upstream.service} did not answer within {round(deadline - began, 1):g} s"
                reason = late if began < until else upstream.unasked
                if clock() - began >= TELLING_SHARE * self._seconds:
                    breaker.failed(ticket, reason)
                else:
                    breaker.abandoned(ticket)
                raise _Late(reason) from None
            except BaseException:
                breaker.abandoned(ticket)
                raise
            breaker.succeeded(ticket)
            return found
        finally:
            upstream.bulkhead.leave()

    async def _attempts(self, upstream: _Upstream, question: Question, head: bytes, until: float) -> Answer:
        upstream.retries.earn()
        for attempt in range(RETRIES):
            try:
                return await self._exchange(upstream, question.body, head, until)
            except SubgraphFailure as failure:
                if (
                    not may_be_repeated(failure, is_query=question.fetch.repeatable)
                    or not upstream.retries.spend()
                ):
                    raise
                RETRIED.labels(upstream.service, failure.cause.lower()).inc()
            async with asyncio.timeout_at(until):
                await pause(attempt)
        return await self._exchange(upstream, question.body, head, until)

    async def _exchange(self, upstream: _Upstream, body: bytes, head: bytes, until: float) -> Answer:
        service = upstream.service
        try:
            status, content = await self._client.post(upstream.target, body, head, until)
        except Unreachable:
            raise SubgraphFailure(Cause.UNREACHABLE, f"{service} is not reachable") from None
        except ConnectionLost:
            raise SubgraphFailure(Cause.CONNECTION_LOST, f"{service} broke the connection off") from None
        except TooLarge:
            reason = f"{service} answered with more than {LARGEST_ANSWER} bytes"
            raise SubgraphFailure(Cause.RESOURCE_EXHAUSTED, reason) from None
        return _graphql(service, status, content)


@cache
def _fetches(service: str, outcome: str) -> Histogram:
    """Finding a label's figure costs more than counting."""
    return FETCHES.labels(service, outcome)


def _graphql(service: str, status: int, content: bytes) -> Answer:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        kind = "JSON"
    else:
        if type(found) is dict and ("data" in found or found.get("errors")):
            return found
        kind = "GraphQL"
    reason = f"{service} answered HTTP {status} with something that is not {kind}"
    raise SubgraphFailure(Cause.MALFORMED, reason)
