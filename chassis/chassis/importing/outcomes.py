"""What became of a row, as it is kept and told."""

from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from chassis.errors import DomainError

CREATED, UPDATED, SKIPPED, REFUSED = "created", "updated", "skipped", "refused"
JOINED = "joined"  # a further row of a record that several rows make


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row's end: the record it stands for at its version then, or why it was refused.

    `before` holds the earlier values of what an update changed.
    """

    kind: str
    id: UUID | None = None
    version: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""

    @classmethod
    def refusal(cls, error: DomainError) -> Self:
        """Return the outcome of a row that was refused."""
        custom = "custom" in error.path and f"custom.{error.facts.get('field', '')}"
        named = custom or (str(error.path[-1]) if error.path else "")
        message = f"{named}: {error.message}" if named and named != "input" else error.message
        return cls(REFUSED, code=error.code, message=message)

    def to_json(self) -> list[Any]:
        """Return the entry that is kept."""
        if self.kind == REFUSED:
            return [REFUSED, self.code, self.message]
        return [self.kind, str(self.id), self.version, *([self.before] if self.before else [])]

    @classmethod
    def of(cls, kept: list[Any]) -> Self:
        """Read an entry."""
        if kept[0] == REFUSED:
            return cls(REFUSED, code=kept[1], message=kept[2])
        before = kept[3] if len(kept) > 3 else {}
        return cls(kept[0], UUID(kept[1]), kept[2], before)
