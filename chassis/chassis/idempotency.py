"""The same key, the same outcome: results of mutations kept in the transaction of their work."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, bindparam, delete, inspect, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import access
from chassis.database import Aggregate, Conventions, naming, now
from chassis.errors import Conflict
from chassis.secrets import keyring
from chassis.secrets.columns import attributes

R = TypeVar("R")
NOBODY = UUID(int=0)


class Model(Conventions, DeclarativeBase):
    """Tables of this module; every service migrates them beside its own."""

    metadata = naming()


class IdempotencyKey(Model):
    """A key that a caller used, what was asked with it, and what came of it."""

    __tablename__ = "idempotency_key"

    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    result: Mapped[Any] = mapped_column(JSONB, nullable=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


_KEYS: Table = IdempotencyKey.__table__  # type: ignore[assignment]
_CLAIM = insert(_KEYS).on_conflict_do_nothing().returning(_KEYS.c.key)
_KEEP = (
    update(_KEYS)
    .where(_KEYS.c.actor_id == bindparam("actor"), _KEYS.c.key == bindparam("used"))
    .values(result=bindparam("kept"))
)


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Give up the keys used before this instant; a repeat of one is a new request from then on."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))


def fingerprint(*parts: object) -> str:
    """Return a digest that is equal for equal requests."""
    return hashlib.sha256(orjson.dumps(parts, default=_plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def once(
    session: AsyncSession, key: str, asked: str, work: Callable[[AsyncSession], Awaitable[R]]
) -> R:
    """Do the work, or return what it returned when the same was asked under this key before.

    The result is an aggregate's row, a list of them, or plain JSON.
    Raises Conflict when the key was used for something else.
    """
    actor = access.actor_id() or NOBODY
    if await session.scalar(_CLAIM, {"actor_id": actor, "key": key, "fingerprint": asked}) is None:
        return cast(R, await _earlier(session, actor, key, asked))
    result = await work(session)
    await session.flush()
    kept = _kept(session, result, _place(actor, key)) if _has_secrets(result) else _written(result)
    await session.execute(_KEEP, {"actor": actor, "used": key, "kept": kept})
    return result


async def _earlier(session: AsyncSession, actor: UUID, key: str, asked: str) -> Any:
    query = select(IdempotencyKey).where(IdempotencyKey.actor_id == actor, IdempotencyKey.key == key)
    before = (await session.scalars(query)).one()
    if before.fingerprint != asked:
        raise Conflict(
            f"The idempotency key {key!r} was used for another request; take a new key",
            path=("input", "idempotencyKey"),
        )
    return _read(_opened(session, before))


def _has_secrets(result: object) -> bool:
    if isinstance(result, list):
        return any(map(_has_secrets, result))
    return isinstance(result, Aggregate) and bool(attributes(inspect(type(result))))


def _kept(session: AsyncSession, result: object, place: str) -> Any:
    """What is encrypted in its own table is so in this one."""
    sealed = keyring.of(session.get_bind().dialect).encrypt(orjson.dumps(_written(result)), place)
    return {"encrypted": base64.b64encode(sealed).decode()}


def _opened(session: AsyncSession, row: IdempotencyKey) -> Any:
    if "encrypted" not in row.result:
        return row.result
    sealed, place = base64.b64decode(row.result["encrypted"]), _place(row.actor_id, row.key)
    return orjson.loads(keyring.of(session.get_bind().dialect).decrypt(sealed, place))


def _place(actor: UUID, key: str) -> str:
    return f"idempotency_key.result/{actor}/{key}"


def _plain(value: object) -> object:
    if isinstance(value, Decimal | UUID):  # the driver's UUID is a kind of its own
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot be kept as the result of a mutation")


def _written(result: object) -> Any:
    if isinstance(result, list):
        return {"list": [_written(item) for item in result]}
    if isinstance(result, Aggregate):
        columns = inspect(type(result)).column_attrs
        values = {column.key: getattr(result, column.key) for column in columns}
        values = {key: value for key, value in values.items() if not isinstance(value, bytes)}
        return {"row": f"{type(result).__module__}.{type(result).__name__}", "values": _json(values)}
    return {"json": _json(result)}


def _json(value: object) -> Any:
    return orjson.loads(orjson.dumps(value, default=_plain))


def _read(written: Any) -> Any:
    if "list" in written:
        return [_read(item) for item in written["list"]]
    if "json" in written:
        return written["json"]
    kinds = {f"{kind.__module__}.{kind.__name__}": kind for kind in _subclasses(Aggregate)}
    kind = kinds[written["row"]]
    columns = inspect(kind).columns
    return kind(**{key: _typed(columns[key].type, value) for key, value in written["values"].items()})


def _subclasses(kind: type[Aggregate]) -> list[type[Aggregate]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *_subclasses(sub))]


def _typed(column_type: Any, value: Any) -> Any:
    if value is None:
        return None
    kind = column_type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    return kind(value) if kind in (UUID, Decimal) or issubclass(kind, Enum) else value
