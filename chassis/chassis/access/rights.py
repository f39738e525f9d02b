"""What a caller's roles amount to: for each object and action the rows, and the fields kept back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any
from uuid import UUID

from chassis.access.roles import Condition, Grant, Scope

ALL: frozenset[Scope] = frozenset(("all",))
READING = ("read", "export")
OWNERS: frozenset[Scope] = frozenset(("own", "team", "subtree"))


@dataclass(frozen=True, slots=True)
class People:
    """Whose records a caller's scopes reach, and as whom records are shared with the caller."""

    own: frozenset[UUID]
    team: frozenset[UUID]
    subtree: frozenset[UUID]
    grantees: frozenset[UUID]
    team_id: UUID | None = None

    def within(self, scopes: frozenset[Scope]) -> frozenset[UUID]:
        """Return the owners whose records these scopes reach."""
        found = {"own": self.own, "team": self.team, "subtree": self.subtree}
        return frozenset[UUID]().union(*(people for scope, people in found.items() if scope in scopes))


@dataclass(frozen=True)
class Reach:
    """The rows that some scopes allow; whoever may see all rows has none of this."""

    scopes: frozenset[Scope]
    people: frozenset[UUID]
    grantees: frozenset[UUID]
    changes: bool = False

    @cached_property
    def shape(self) -> frozenset[Any]:
        """Return what a statement looks like for these scopes; whose records they are is a parameter.

        What is shared for reading only is not within reach of changes: `lent` is what is shared for more.
        """
        shape: set[Any] = set(self.scopes - OWNERS)
        if self.scopes & OWNERS:
            shape.add("own")
        if self.changes and "shared" in shape:
            shape = shape - {"shared"} | {"lent"}
        return frozenset(shape)

    @cached_property
    def lasting(self) -> bool:
        """Tell whether a statement of this shape may be kept: conditions may depend on day and caller."""
        return not any(isinstance(scope, Condition) for scope in self.scopes)

    @cached_property
    def parameters(self) -> Mapping[str, Sequence[UUID]]:
        """Return the values for a statement of this shape."""
        return {"people_": sorted(self.people), "grantees_": sorted(self.grantees)}


@dataclass(frozen=True, slots=True)
class Effective:
    """What may be done to an object by one action: `reach` is None for all rows."""

    reach: Reach | None
    hidden: frozenset[str]
    fixed: frozenset[str]

    def __and__(self, other: "Effective") -> "Effective":
        """Return what both allow; where both are narrow, the rows of this one."""
        reach = other.reach if self.reach is None else self.reach
        return Effective(reach, self.hidden | other.hidden, self.fixed | other.fixed)


EVERYTHING = Effective(None, frozenset(), frozenset())


class Rights:
    """All that one caller may; made once per caller and revision of the directory."""

    def __init__(self, grants: Iterable[Grant], people: People, zone: tzinfo = UTC) -> None:
        self.zone = zone  # whose midnight `today` means in conditions that name none
        self._grants = tuple(grants)
        self._people = people
        self._known: dict[tuple[str, str], Effective | None] = {}
        self.narrow: bool | None = None  # whether reads go behind the wall; see wall.narrow

    @property
    def team_id(self) -> UUID | None:
        """Return the caller's own team."""
        return self._people.team_id

    @property
    def grantees(self) -> frozenset[UUID]:
        """Return as whom records are shared with the caller."""
        return self._people.grantees

    def on(self, noun: str, action: str) -> Effective | None:
        """Return what this action on this object may touch; None when nothing grants it."""
        key = (noun, action)
        if key not in self._known:
            self._known[key] = self._effective(action, [each for each in self._grants if each.covers(*key)])
        return self._known[key]

    def _effective(self, action: str, grants: list[Grant]) -> Effective | None:
        if not grants:
            return None
        scopes = _union(grants)
        hidden = frozenset(
            field
            for field in frozenset[str]().union(*(grant.hide for grant in grants))
            if not _cover(_union([grant for grant in grants if field not in grant.hide]), scopes)
        )
        fixed = frozenset(
            field
            for field in frozenset[str]().union(*(grant.hide | grant.read_only for grant in grants))
            if not _cover(
                _union([grant for grant in grants if field not in grant.hide | grant.read_only]), scopes
            )
        )
        return Effective(self._reach(action, scopes), hidden, fixed)

    def _reach(self, action: str, scopes: frozenset[Scope]) -> Reach | None:
        if "all" in scopes:
            return None
        return Reach(
            scopes, self._people.within(scopes), self._people.grantees, changes=action not in READING
        )


def _union(grants: list[Grant]) -> frozenset[Scope]:
    return frozenset[Scope]().union(*(grant.scopes for grant in grants))


def _cover(exposing: frozenset[Scope], readable: frozenset[Scope]) -> bool:
    """Tell whether every row within `readable` is surely within `exposing` too."""
    if "all" in exposing:
        return True
    reached = exposing | ({"own"} if exposing & OWNERS else set())
    return readable <= reached
