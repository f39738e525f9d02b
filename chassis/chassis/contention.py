"""Transactions that stand in each other's way: PostgreSQL ends one of them, and that one is done again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from chassis.errors import Conflict

ATTEMPTS = 3
LONGEST_PAUSE = 0.1  # seconds before another attempt, so that the two do not meet again

_SERIALIZATION_FAILURE, _DEADLOCK, _LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"

R = TypeVar("R")


class Contended(Conflict):
    """Another transaction was in the way; nothing of this one was kept, so the same may be done again."""


def contended(error: Exception) -> Contended | None:
    """Return what a caller is told when the database ended their transaction in favour of another's."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    if state not in (_SERIALIZATION_FAILURE, _DEADLOCK, _LOCK_NOT_AVAILABLE):
        return None
    return Contended("Somebody else is changing the same; nothing was changed here, send it again")


async def again(work: Callable[[], Awaitable[R]]) -> R:
    """Return what the work gives, a whole transaction, done again when another was in its way.

    Raises Contended when that happened at each attempt.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await work()
        except Contended:
            await asyncio.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311  # no secret
    return await work()
