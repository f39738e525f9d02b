"""What both ends of an rpc agree on: how a refusal travels, and until when an answer is wanted."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import orjson
from grpc import StatusCode

from chassis.errors import BY_CODE, DomainError

ERROR = "roundel-error-bin"

STATUS = {
    "NOT_FOUND": StatusCode.NOT_FOUND,
    "CONFLICT": StatusCode.ABORTED,
    "INVALID": StatusCode.INVALID_ARGUMENT,
    "FORBIDDEN": StatusCode.PERMISSION_DENIED,
    "UNAUTHENTICATED": StatusCode.UNAUTHENTICATED,
    "LIMIT": StatusCode.RESOURCE_EXHAUSTED,
    "UNAVAILABLE": StatusCode.UNAVAILABLE,
}

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def encode(error: DomainError) -> bytes:
    """Return the refusal as it travels beside the status."""
    told = {"code": error.code, "message": error.message, "path": error.path, "facts": error.facts}
    return orjson.dumps(told, default=str)


def decode(metadata: Sequence[tuple[str, Any]]) -> DomainError | None:
    """Return the refusal that travelled, None when the other end did not refuse but fail."""
    for key, value in metadata:
        if key == ERROR:
            told = orjson.loads(value)
            return BY_CODE[told["code"]](told["message"], path=told["path"], **told["facts"])
    return None


@contextmanager
def answering_within(seconds: float | None) -> Iterator[None]:
    """Bound the rpcs made inside by what is left of the one being answered."""
    token = _deadline.set(None if seconds is None else asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def remaining() -> float | None:
    """Return how many seconds are left of the rpc being answered; None outside of any."""
    deadline = _deadline.get()
    return None if deadline is None else deadline - asyncio.get_running_loop().time()
