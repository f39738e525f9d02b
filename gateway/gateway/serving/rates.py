"""How often one caller may ask, counted in memory by each replica."""

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from gateway.errors import Refused, problem

CALLERS = 50_000
COST_OF_A_REQUEST = 1_000  # an operation that may cost more counts as several requests


class Rates:
    """Admits each caller `burst` requests at once and `per_second` over time."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._interval = 1 / per_second
        self._burst = burst * self._interval
        self._clock = clock
        # until when each caller has used up its share; a time that has passed says nothing
        self._used: OrderedDict[str, float] = OrderedDict()

    def take(self, caller: str, requests: float = 1) -> None:
        """Count requests of a caller, or refuse them as LIMIT with HTTP status 429."""
        now = self._clock()
        used = max(self._used.get(caller, now), now) + requests * self._interval
        wait = used - now - max(self._burst, requests * self._interval)
        if wait > 1e-9:
            seconds = math.ceil(wait)
            text = f"You ask too often; wait {seconds} s, then send the request again"
            raise Refused(
                problem(text, "LIMIT", retryAfter=seconds),
                status=429,
                headers=[("retry-after", str(seconds))],
            )
        self._used[caller] = used
        self._used.move_to_end(caller)
        while len(self._used) > CALLERS:
            self._used.popitem(last=False)

    def charge(self, caller: str, cost: int) -> None:
        """Count what an operation costs beyond the request that was counted already."""
        if cost > COST_OF_A_REQUEST:
            self.take(caller, cost / COST_OF_A_REQUEST - 1)
