"""How much one caller may hold open."""

from collections import Counter
from uuid import UUID

from chassis.access import Principal
from gateway.errors import refused


class Quota:
    """Counts what each caller holds open; whoever is nobody in particular holds as much as they like."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._held: Counter[UUID | None] = Counter()

    def take(self, principal: Principal) -> None:
        """Count one more, or refuse it."""
        if principal.id is not None and self._held[principal.id] >= self._most:
            raise refused(f"You hold {self._most} {self._what} open; close one first", "LIMIT")
        self._held[principal.id] += 1

    def give_back(self, principal: Principal) -> None:
        """Count one less."""
        self._held[principal.id] -= 1
        if not self._held[principal.id]:
            del self._held[principal.id]
