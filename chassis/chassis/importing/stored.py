"""Values of columns as JSON, and back."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import inspect

from chassis.database import Aggregate


def stored(value: Any) -> Any:
    """Return a column's value as JSON."""
    return orjson.loads(orjson.dumps(value, default=_plain))


def restored(model: type[Aggregate], kept: dict[str, Any]) -> dict[str, Any]:
    """Return columns' values out of what `stored` made of them."""
    columns = inspect(model).columns
    return {name: _typed(columns[name].type, value) for name, value in kept.items()}


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)  # a Decimal, an id of the driver's


def _typed(column_type: Any, value: Any) -> Any:
    if value is None or isinstance(value, list | dict):
        return value
    kind = column_type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return kind(value) if kind in (UUID, Decimal) or issubclass(kind, Enum) else value
