"""When a failed attempt is made once more."""

import asyncio
import random

from gateway.execution.failures import Cause, SubgraphFailure

RETRIES = 2
PAUSE_SECONDS = 0.05
# Each fetch earns a tenth of a retry, so that retries never add more than a tenth to an outage.
EARNED = 0.1
MOST_SAVED = 10.0

LOST_ON_THE_WAY = frozenset((Cause.CONNECTION_LOST, Cause.MALFORMED))


class RetryBudget:
    """The retries that one subgraph's fetches may still make."""

    def __init__(self) -> None:
        self._saved = MOST_SAVED

    def earn(self) -> None:
        """A fetch begins."""
        self._saved = min(self._saved + EARNED, MOST_SAVED)

    def spend(self) -> bool:
        """Whether one more attempt may be made; if so it is paid for."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True


def may_be_repeated(failure: SubgraphFailure, *, is_query: bool) -> bool:
    """Whether repeating does no harm: what never reached the subgraph, and queries that met an accident."""
    return failure.cause is Cause.UNREACHABLE or (is_query and failure.cause in LOST_ON_THE_WAY)


async def pause(attempt: int) -> None:
    """Wait a little, at random, so that those who failed together do not return together."""
    await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311
