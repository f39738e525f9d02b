"""What a caller is told when something is refused or missing."""

from collections.abc import Sequence
from typing import Any

from chassis.errors import BY_CODE

INTERNAL = "INTERNAL"
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
LONGEST = 500
CODES = frozenset((*BY_CODE, INTERNAL))
STATUS = {
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "INVALID": 400,
    "FORBIDDEN": 403,
    "UNAUTHENTICATED": 401,
    "LIMIT": 413,
    "UNAVAILABLE": 503,
    INTERNAL: 500,
    PERSISTED_QUERY_NOT_FOUND: 200,  # no failure: the caller sends the text next
}

Problem = dict[str, Any]


def problem(message: str, code: str, path: Sequence[str | int] | None = None, **extensions: Any) -> Problem:
    """One entry of a response's `errors`; what a message quotes of the request is cut."""
    found: Problem = {"message": message if len(message) <= LONGEST else f"{message[:LONGEST]}…"}
    if path is not None:
        found["path"] = list(path)
    found["extensions"] = {"code": code, **extensions}
    return found


class Refused(Exception):
    """The request is answered by errors alone; unless given, the status follows from the first one's code."""

    def __init__(
        self, *problems: Problem, status: int | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(problems[0]["message"])
        self.problems = problems
        self.code: str = problems[0]["extensions"]["code"]
        self.status = status or STATUS[self.code]
        self.headers = headers


def refused(message: str, code: str, **extensions: Any) -> Refused:
    """A refusal with one error."""
    return Refused(problem(message, code, **extensions))
