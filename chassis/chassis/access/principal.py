"""Who is asking, and what they were granted; every request, rpc and event has a principal."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from chassis.access.rights import EVERYTHING, Effective, Rights
from chassis.errors import Forbidden, Unauthenticated

Kind = Literal["employee", "service", "anonymous"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: an employee, a service account, or nobody we know.

    A grant is `object:action`, either part may be `*`; what is not granted is denied.
    """

    kind: Kind
    id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    grants: frozenset[str] = frozenset()
    token: str | None = field(default=None, repr=False)
    expires_at: float | None = field(default=None, compare=False)  # seconds since 1970, of the token
    session: UUID | None = field(default=None, compare=False)  # the token's `jti`; a session can be ended
    rights: Rights | None = field(default=None, compare=False, repr=False)  # see directory.resolve

    def on(self, noun: str, action: str) -> Effective | None:
        """Return what this action on this object may touch; None when nothing grants it.

        The rights that identity told of decide; without them the grants do, for all rows and fields.
        """
        if self.rights is not None:
            return self.rights.on(noun, action)
        wanted = (f"{noun}:{action}", f"{noun}:*", f"*:{action}", "*:*")
        return None if self.grants.isdisjoint(wanted) else EVERYTHING

    def may(self, noun: str, action: str) -> bool:
        """Tell whether some grant covers this action on this object."""
        return self.on(noun, action) is not None

    def require(self, noun: str, action: str) -> Effective:
        """Return what the action may touch; raise Unauthenticated or Forbidden unless it is granted."""
        allowed = self.on(noun, action)
        if allowed is not None:
            return allowed
        if self.kind == "anonymous":
            raise Unauthenticated("This needs a sign-in: send a bearer token", object=noun, action=action)
        raise Forbidden(
            f"{self.name or self.id} may not {action} {noun}; an administrator can grant {noun}:{action}",
            object=noun,
            action=action,
        )


ANONYMOUS = Principal(kind="anonymous")

_current: ContextVar[Principal] = ContextVar("principal", default=ANONYMOUS)


def current() -> Principal:
    """Return the principal of the request, rpc or event being handled."""
    return _current.get()


def actor_id() -> UUID | None:
    """Return the id recorded as `created_by` and `updated_by`."""
    return _current.get().id


@contextmanager
def acting_as(principal: Principal) -> Iterator[None]:
    """Handle what happens inside on behalf of this principal."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)
