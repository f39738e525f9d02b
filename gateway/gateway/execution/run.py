"""One execution of a plan: its data so far, its errors, and the parts that failed."""

import asyncio
import re
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from gateway.errors import CODES, INTERNAL, Problem, problem
from gateway.execution.entities import Location
from gateway.execution.failures import Cause, SubgraphFailure
from gateway.execution.merging import Entity, merge
from gateway.execution.questions import Fetch, Question
from gateway.execution.transport import Answer, Sender, Transport
from gateway.metrics import SPECULATED

MOST_ERRORS_PER_FETCH = 50
# Of the time that is left, what a query's fetch may take, waiting included, when others begin after it.
# A mutation that is cut short may have been done, so it has all the time there is.
FOLLOWED_SHARE = 0.5
USED, DROPPED = SPECULATED.labels("used"), SPECULATED.labels("dropped")
LIFTED = re.compile(r"Variable '\$_\d+' has")  # the caller wrote a literal there and knows no such name
PRIVATE = frozenset(("stacktrace", "exception", "debug", "code"))


class Run:
    """What the steps of a plan share while one request is answered."""

    def __init__(
        self,
        *,
        transport: Transport,
        objects: frozenset[str],
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        masked: bool,
        until: float,
        event: Entity | None = None,
    ) -> None:
        """No fetch goes on beyond `until`, in the loop's time; `event` is what a subscriber is told of."""
        self.variables = variables
        self.event = event
        self.data: Entity = {}
        self.errors: list[Problem] = []
        self.parts: list[dict[str, str]] = []
        self.kept_back: list[Mapping[str, str]] = []  # fields that the caller may not see, with the reason
        self._transport = transport
        self._objects = objects
        self._sender = Sender(headers)
        self._masked = masked
        self._until = until
        self._guessed: dict[tuple[str, bytes], asyncio.Task[Answer]] = {}
        self._begun: dict[tuple[str, bytes], asyncio.Task[Answer]] = {}

    def guess(self, fetch: Fetch, representations: Mapping[str, Any]) -> None:
        """Start a fetch that a step will probably ask for; until it does, its outcome has no effect."""
        question = fetch.asked(self.variables, representations)
        self._guessed[question.key] = self._sent(question)

    def begin(self, question: Question) -> None:
        """Start a fetch that a step asks for next, beside others."""
        if question.key not in self._guessed:
            self._begun[question.key] = self._sent(question)

    def drop(self) -> None:
        """Give up the fetches that no step asked for."""
        if self._guessed:
            DROPPED.inc(len(self._guessed))
        for task in (*self._guessed.values(), *self._begun.values()):
            if not task.cancel() and not task.cancelled():
                task.exception()  # seen, so that nobody logs it as forgotten
        self._guessed.clear()
        self._begun.clear()
        self._sender.leave()

    async def fetch(self, question: Question) -> Answer | None:
        """Return the subgraph's response; None, and a part noted as failed, when there is none."""
        fetch = question.fetch
        try:
            answer = await self._answered(question)
        except SubgraphFailure as failure:
            self._part_failed(fetch.service, "UNAVAILABLE", failure.cause, str(failure))
            return None
        for field in (answer.get("extensions") or {}).get("masked", ()):
            if field not in self.kept_back:
                self.kept_back.append(field)
        if answer.get("data") is None and (errors := answer.get("errors")):
            told = self._translated(fetch.service, errors[0], None)
            self._part_failed(fetch.service, told["extensions"]["code"], Cause.ERRORS, told["message"])
        return answer

    async def _answered(self, question: Question) -> Answer:
        key = question.key
        if (begun := self._begun.pop(key, None)) is not None:
            return await begun
        if (guessed := self._guessed.pop(key, None)) is not None:
            USED.inc()
            return await guessed
        return await self._send(question)

    def _sent(self, question: Question) -> asyncio.Task[Answer]:
        return asyncio.create_task(self._send(question))

    def _send(self, question: Question) -> Coroutine[Any, Any, Answer]:
        until, fetch = self._until, question.fetch
        if fetch.followed and fetch.repeatable:
            now = asyncio.get_running_loop().time()
            until = now + (until - now) * FOLLOWED_SHARE
        return self._transport.send(question, self._sender, until)

    def merge(self, target: Entity, source: Entity) -> None:
        """Add a subgraph's answer to the data."""
        merge(target, source, self._objects)

    def part_missing(self, service: str, places: Sequence[Location]) -> None:
        """Report the places that stay null because the service did not answer."""
        reasons = [part["reason"] for part in self.parts if part["service"] == service]
        reason = reasons[-1] if reasons else f"{service} did not answer"
        for place in places[:MOST_ERRORS_PER_FETCH]:
            self.errors.append(problem(reason, "UNAVAILABLE", place, service=service))

    def report(self, service: str, error: Mapping[str, Any], places: Sequence[Location]) -> None:
        """Report a subgraph's error at every place of the response that it concerns."""
        for place in places[:MOST_ERRORS_PER_FETCH]:
            self.errors.append(self._translated(service, error, place))

    def _part_failed(self, service: str, code: str, cause: Cause, reason: str) -> None:
        part = {"service": service, "code": code, "cause": cause.value, "reason": reason}
        if part not in self.parts:
            self.parts.append(part)

    def _translated(self, service: str, error: Mapping[str, Any], place: Location | None) -> Problem:
        extensions = error.get("extensions") or {}
        code = extensions.get("code")
        message = LIFTED.sub("An argument has", str(error.get("message")))
        if code not in CODES:
            code = INTERNAL
            if self._masked:
                message = f"{service} could not answer this; its log tells why"
        kept = {key: value for key, value in extensions.items() if key not in PRIVATE}
        return problem(message, code, place, **{**kept, "service": service})
