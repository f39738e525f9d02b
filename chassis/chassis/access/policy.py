"""What a root field demands of its caller; a field that declares nothing stops the service's start."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from chassis.access import Principal, guard
from chassis.audit.context import arising_from
from chassis.errors import Unauthenticated


class Policy(FieldExtension):
    """Decides before the resolver runs whether this caller may use the field."""

    def check(self, principal: Principal) -> None:
        """Raise Unauthenticated or Forbidden when the caller may not."""
        raise NotImplementedError

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Run the resolver of a field that does not wait for anything."""
        self.check(info.context.principal)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        """Run the resolver of a field that waits."""
        self.check(info.context.principal)
        with arising_from("graphql", info.field_name):
            return await next_(source, info, **kwargs)


class Granted(Policy):
    """The caller was granted this action on this object."""

    def __init__(self, noun: str, action: str) -> None:
        self.noun = noun
        self.action = action

    def check(self, principal: Principal) -> None:
        """Raise unless `noun:action` is granted; what is written from now on must be within that grant."""
        guard.act(self.noun, self.action, principal)


class SignedIn(Policy):
    """Any caller we know; the field itself shows only what is the caller's own."""

    def check(self, principal: Principal) -> None:
        """Raise Unauthenticated for anonymous callers."""
        if principal.kind == "anonymous":
            raise Unauthenticated("This needs a sign-in: send a bearer token")
        guard.act_by_the_rules()


class Public(Policy):
    """Anybody; give the field `tags=["public"]`, so that the gateway lets anonymous callers pass."""

    def check(self, principal: Principal) -> None:
        """Let everybody in."""
        guard.act_by_the_rules()
