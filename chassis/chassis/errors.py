"""The closed list of refusals that a caller may see, whatever the transport."""

from collections.abc import Sequence
from typing import ClassVar


class DomainError(Exception):
    """An expected refusal: names the thing, the reason and the way out.

    `path` points into the caller's input, `facts` carries what a client may act on.
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, path: Sequence[str | int] = (), **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)
        self.facts = facts

    @property
    def extensions(self) -> dict[str, object]:
        """What a GraphQL error carries beside its message."""
        found: dict[str, object] = {"code": self.code}
        if self.path:
            found["inputPath"] = list(self.path)
        if self.facts:
            found["facts"] = self.facts
        return found


class NotFound(DomainError):
    """What was named does not exist, or the caller may not know that it does."""

    code = "NOT_FOUND"


class Conflict(DomainError):
    """The change contradicts the present state; read it again and decide anew."""

    code = "CONFLICT"


class Invalid(DomainError):
    """The input can never be accepted as it is."""

    code = "INVALID"


class Forbidden(DomainError):
    """The caller is known and lacks the right."""

    code = "FORBIDDEN"


class Unauthenticated(DomainError):
    """The caller is not known: no token, or one that does not hold."""

    code = "UNAUTHENTICATED"


class LimitExceeded(DomainError):
    """The request is larger than what one request may ask for."""

    code = "LIMIT"


class Unavailable(DomainError):
    """Something this answer needs does not respond now; the same request may succeed later."""

    code = "UNAVAILABLE"


BY_CODE: dict[str, type[DomainError]] = {
    kind.code: kind
    for kind in (NotFound, Conflict, Invalid, Forbidden, Unauthenticated, LimitExceeded, Unavailable)
}
