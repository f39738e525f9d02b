"""Whence a change comes: the door it came through, what was asked there, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, unquote

from chassis.errors import Invalid

LONGEST_REASON = 500
LONGEST_CAUSE = 200
CAUSE = "ce-cause"  # the header in which it travels with events and rpcs

Channel = Literal["graphql", "http", "rpc", "event", "timer", "command"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What is recorded of a change beside the change and its author."""

    channel: Channel = "command"
    operation: str | None = None  # name of the mutation, rpc, event, timer or command
    reason: str | None = None  # as given by whoever changes
    cause: str | None = None  # the rule, process, import or timer that made the change


_UNKNOWN = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_UNKNOWN)
_address: ContextVar[str | None] = ContextVar("address", default=None)


def origin() -> Origin:
    """Return whence the changes made now come."""
    return _current.get()


def carried() -> dict[str, str]:
    """Return the headers with which the present cause travels to other services."""
    cause = _current.get().cause
    return {CAUSE: quote(cause[:LONGEST_CAUSE])} if cause else {}


def address() -> str | None:
    """Return the address of whoever asks; None for what nobody asked for, and behind an unknown door."""
    return _address.get()


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """What happens inside was asked for from this address."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


@contextmanager
def arising_from(channel: Channel, operation: str, carried: str | None = None) -> Iterator[None]:
    """Changes inside came through this door, by this operation, for the cause that its header carried."""
    with _origin(Origin(channel, operation, cause=unquote(carried)[:LONGEST_CAUSE] if carried else None)):
        yield


@contextmanager
def because(reason: str | None) -> Iterator[None]:
    """Changes inside are made for this reason; raise Invalid for what is no text of 500 characters."""
    if reason and (len(reason) > LONGEST_REASON or "\0" in reason):
        raise Invalid(f"A reason is a text of at most {LONGEST_REASON} characters", path=("input", "reason"))
    with _origin(replace(_current.get(), reason=(reason or "").strip() or None)):
        yield


@contextmanager
def caused_by(cause: str | None) -> Iterator[None]:
    """Changes inside, and what follows from them elsewhere, are made by this rule, process or import."""
    with _origin(replace(_current.get(), cause=cause)):
        yield


@contextmanager
def _origin(given: Origin) -> Iterator[None]:
    token = _current.set(given)
    try:
        yield
    finally:
        _current.reset(token)
