"""What an rpc demands of its caller; a servicer with an rpc that declares nothing stops the start."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from chassis.access import guard

Rpc = Callable[[Any, Any, Any], Awaitable[Any]]
F = TypeVar("F", bound=Rpc)
_DECLARED = "_granted"


def granted(noun: str, action: str) -> Callable[[F], F]:
    """Let only those call who were granted this action; which rows it touches the service decides."""

    def guarded(method: F) -> F:
        @wraps(method)
        async def answer(self: Any, request: Any, context: Any) -> Any:
            guard.act(noun, action)
            with guard.by_the_rules():
                return await method(self, request, context)

        setattr(answer, _DECLARED, (noun, action))
        return cast(F, answer)

    return guarded


def within_rights(method: F) -> F:
    """Let anybody call who is signed in; the rpc itself reads only what its caller may."""
    setattr(method, _DECLARED, None)
    return method


def check(servicer: object, methods: Any) -> None:
    """Raise TypeError for an rpc without a policy."""
    for name in methods:
        if not hasattr(getattr(servicer, name), _DECLARED):
            raise TypeError(f"{type(servicer).__name__}.{name} needs a policy, e.g. @granted(…)")
