"""Values of columns as JSON, and back."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Aggregate
from chassis.secrets.sealing import seal, secret_names, unseal


def stored(value: Any) -> Any:
    """Return a column's value as JSON."""
    return orjson.loads(orjson.dumps(value, default=_plain))


def restored(model: type[Aggregate], kept: dict[str, Any]) -> dict[str, Any]:
    """Return columns' values out of what `stored` made of them; what is no column's stays as it was kept."""
    columns = inspect(model).columns
    return {
        name: _typed(columns[name].type, value) if name in columns else value for name, value in kept.items()
    }


def hidden(session: AsyncSession, record: Aggregate, values: dict[str, Any]) -> dict[str, Any]:
    """Return a record's stored values with those of encrypted columns encrypted here too."""
    dialect = session.get_bind().dialect
    sealed = {
        name: seal(dialect, orjson.dumps(values[name]), _place(record.id, name)).hex()
        for name in secret_names(type(record)) & values.keys()
    }
    return {**values, **sealed}


def shown(session: AsyncSession, record: Aggregate, values: dict[str, Any]) -> dict[str, Any]:
    """Return what `hidden` was given."""
    dialect = session.get_bind().dialect
    found = {
        name: orjson.loads(unseal(dialect, bytes.fromhex(values[name]), _place(record.id, name)))
        for name in secret_names(type(record)) & values.keys()
    }
    return {**values, **found}


def _place(id: UUID, name: str) -> str:
    return f"import_outcome.{name}/{id}"


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)  # a Decimal, an id of the driver's


def _typed(column_type: Any, value: Any) -> Any:
    if value is None or isinstance(value, list | dict):
        return value
    kind = column_type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return kind(value) if kind in (UUID, Decimal) or issubclass(kind, Enum) else value
