"""Rows of any table, with a value in every column."""

import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table


def row(table: Table, **given: Any) -> dict[str, Any]:
    """Return what a row could hold; nothing of it is in another row."""
    return {column.key: given.get(column.key, value(column)) for column in table.c if _is_written(column)}


def value(column: Any) -> Any:
    """Return a value that a column can have."""
    kind = column.type.python_type
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    known: dict[Any, Any] = {
        UUID: uuid4(),
        str: secrets.token_hex(16)[: getattr(column.type, "length", None)],
        bytes: secrets.token_bytes(16),
        int: secrets.randbelow(30_000) + 1,
        bool: True,
        Decimal: Decimal(7),
        datetime: datetime(2026, 3, 1, tzinfo=UTC),
        date: date(2026, 3, 1),
        list: [],
        dict: {"key": "value"},
        object: {"key": "value"},  # of a column of JSON
    }
    return known[kind]


def _is_written(column: Any) -> bool:
    return column.computed is None and column.identity is None
