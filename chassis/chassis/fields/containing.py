"""Equality of a text in jsonb, as the index of the column finds it."""

from typing import Any

from sqlalchemy import ColumnElement, String, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import operators


class Kept(String):
    """A text that a key of a jsonb column holds: `= 'x'` becomes `@> {"key": "x"}`, which has an index."""

    def __init__(self, custom: ColumnElement[Any], key: str) -> None:
        super().__init__()
        self._custom = custom  # neither is part of the type's identity: the expression has both already
        self._key = key

    class Comparator(String.Comparator[str]):
        """Compares with one text by containment, in every other way as texts do."""

        def operate(self, op: Any, *other: Any, **given: Any) -> Any:
            """Return the comparison."""
            kept = self.type
            if op is operators.eq and isinstance(kept, Kept) and isinstance(other[0], str):
                return kept._custom.op("@>", is_comparison=True)(literal({kept._key: other[0]}, JSONB()))
            return super().operate(op, *other, **given)

    comparator_factory = Comparator
