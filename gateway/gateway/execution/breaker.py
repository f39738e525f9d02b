"""A subgraph that keeps failing rests: its fetches fail at once, but for one a second that tries it again."""

import logging
import time
from collections.abc import Callable
from typing import NoReturn

from gateway.execution.failures import Cause, SubgraphFailure
from gateway.metrics import OPENED

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 5
FAILING_SHARE = 0.5
FEWEST_FETCHES = 20  # below which a share says nothing
WINDOW_SECONDS = 10
# A probe may hang for its whole deadline; another one a second is what keeps recovery quick.
REST_SECONDS = 1.0

Clock = Callable[[], float]


class Breaker:
    """Closed while a subgraph answers; open after failures; half-open while a probe is under way."""

    def __init__(self, service: str, clock: Clock = time.monotonic) -> None:
        self._service = service
        self._clock = clock
        self._tickets = 0
        self._first = 0  # what began before the last change of state says nothing about the present one
        self._last_success = 0
        self._window = _Window(clock)
        self._in_a_row = 0
        self._why_open = ""
        self._next_probe = 0.0
        self._probes = 0

    @property
    def closed(self) -> bool:
        """Whether fetches go through."""
        return not self._why_open

    @property
    def state(self) -> float:
        """0 closed, 0.5 half-open, 1 open."""
        return 0.0 if self.closed else 0.5 if self._probes else 1.0

    def check(self) -> None:
        """Raise SubgraphFailure when a fetch that entered now would be turned away."""
        if self._why_open and self._clock() < self._next_probe:
            self._turn_away()

    def enter(self) -> int:
        """Let a fetch through, as a probe if the breaker is open; its outcome is told with this ticket."""
        if self._why_open:
            self.check()
            self._next_probe = self._clock() + REST_SECONDS
            self._probes += 1
        self._tickets += 1
        return self._tickets

    def succeeded(self, ticket: int) -> None:
        """The subgraph answered, whatever it said."""
        if ticket < self._first:
            return
        if self._why_open:
            log.warning("%s answers again", self._service)
            self._change("")
        self._last_success = max(self._last_success, ticket)
        self._in_a_row = 0
        self._window.count(failed=False)

    def failed(self, ticket: int, reason: str) -> None:
        """The subgraph gave no usable answer."""
        if ticket < self._first:
            return
        if self._why_open:
            self._probes -= 1
            return
        if ticket > self._last_success:  # what ran out of time is older than what was answered since
            self._in_a_row += 1
        self._window.count(failed=True)
        if self._in_a_row >= FAILURES_IN_A_ROW or self._window.mostly_failed():
            OPENED.labels(self._service).inc()
            self._change(f"{self._window.failures} failures, at last: {reason}")
            log.warning("%s rests after %s", self._service, self._why_open)

    def abandoned(self, ticket: int) -> None:
        """The fetch ended without telling anything about the subgraph."""
        if self._why_open and ticket >= self._first:
            self._probes -= 1

    def _change(self, why_open: str) -> None:
        self._first = self._tickets + 1
        self._why_open = why_open
        self._next_probe = self._clock() + REST_SECONDS
        self._probes = 0
        self._in_a_row = 0
        self._window = _Window(self._clock)

    def _turn_away(self) -> NoReturn:
        raise SubgraphFailure(
            Cause.CIRCUIT_OPEN,
            f"{self._service} is resting after {self._why_open}; it is tried again within {REST_SECONDS:g} s",
        )


class _Window:
    """Outcomes of the last seconds, one bucket per second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets = [[0, 0, 0] for _ in range(WINDOW_SECONDS)]  # second, outcomes, failures

    def count(self, *, failed: bool) -> None:
        second = int(self._clock())
        bucket = self._buckets[second % WINDOW_SECONDS]
        if bucket[0] != second:
            bucket[:] = second, 0, 0
        bucket[1] += 1
        bucket[2] += failed

    @property
    def failures(self) -> int:
        return sum(bucket[2] for bucket in self._recent())

    def mostly_failed(self) -> bool:
        outcomes = sum(bucket[1] for bucket in self._recent())
        return outcomes >= FEWEST_FETCHES and self.failures >= FAILING_SHARE * outcomes

    def _recent(self) -> list[list[int]]:
        oldest = int(self._clock()) - WINDOW_SECONDS
        return [bucket for bucket in self._buckets if bucket[0] > oldest]
