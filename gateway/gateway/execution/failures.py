"""Why a subgraph gave no usable answer."""

from enum import StrEnum


class Cause(StrEnum):
    """The kinds of failure a caller can tell apart in `extensions.parts`."""

    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNREACHABLE = "UNREACHABLE"
    CONNECTION_LOST = "CONNECTION_LOST"
    MALFORMED = "MALFORMED"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    ERRORS = "ERRORS"


class SubgraphFailure(Exception):
    """A subgraph gave no usable answer; the message tells why."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
