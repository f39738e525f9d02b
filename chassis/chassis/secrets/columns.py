"""Columns whose values are text to this program and ciphertext to everybody else who reads the table."""

from functools import cache
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Dialect, LargeBinary, MetaData, Table, event, func, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapper
from sqlalchemy.types import TypeDecorator

from chassis.database import Database, uuid7
from chassis.errors import Invalid, Unavailable
from chassis.secrets import keyring
from chassis.secrets.keyring import Keyring
from chassis.secrets.master import MasterKeys


class Bound(str):
    """A text with the id of the row that it is written to."""

    __slots__ = ("record",)
    record: UUID

    @classmethod
    def to(cls, record: UUID, value: str) -> "Bound":
        """Bind a text to a row."""
        bound = cls(value)
        bound.record = record
        return bound


class Encrypted(TypeDecorator[str]):
    """Text, stored encrypted for its row: `mapped_column(Encrypted("patient.illness", 200))`.

    The name must be the table's and the column's; in another row or column the value is refused. It
    cannot be compared, sorted or searched. With `index`, the name of a bytes column, rows can be found
    by `equals`. The table has an `id`; rows are written through their mapped class,
    or with `Bound.to(id, value)`.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str, length: int, index: str | None = None) -> None:
        super().__init__()
        self.place = place
        self.length = length
        self.index = index

    def check(self, value: str) -> None:
        """Raise Invalid when the text is too long, or none that a text column would keep."""
        if "\0" in value:
            raise Invalid(f"{self.place} contains a character that is no text")
        if len(value) > self.length:
            raise Invalid(f"{self.place} has at most {self.length} characters, not {len(value)}")

    def column_expression(self, column: ColumnElement[str]) -> ColumnElement[Any]:
        """Read the row's id along, in front."""
        table: Any = column.table
        return func.uuid_send(table.c.id).op("||", return_type=self)(column)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt."""
        if value is None:
            return None
        if not isinstance(value, Bound):
            raise Unavailable(f"{self.place} is encrypted: it cannot be compared, and is written row by row")
        return keyring.of(dialect).encrypt(value.encode(), f"{self.place}/{value.record}")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt."""
        if value is None:
            return None
        record, stored = UUID(bytes=value[:16]), value[16:]
        return keyring.of(dialect).decrypt(stored, f"{self.place}/{record}").decode()


def encrypted(metadata: MetaData) -> dict[Table, dict[str, Encrypted]]:
    """Return the encrypted columns of the tables that have any."""
    found = {
        table: {column.name: column.type for column in table.columns if isinstance(column.type, Encrypted)}
        for table in metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


async def opened(database: Database, master_keys: SecretStr, metadata: MetaData) -> Keyring:
    """Return the keys of a database, in use on it from now on.

    Raises Unavailable when there are encrypted columns and no master key, or a master key is not the
    one that was used.
    """
    keys = Keyring(MasterKeys.parse(master_keys.get_secret_value()))
    if not keys.master and (tables := encrypted(metadata)):
        names = ", ".join(column.place for columns in tables.values() for column in columns.values())
        raise Unavailable(f"Set ROUNDEL_MASTER_KEYS: {names} are stored encrypted")
    await keys.load(database)
    keyring.use(keys, database)
    return keys


def equals(session: AsyncSession, column: InstrumentedAttribute[Any], value: str) -> ColumnElement[bool]:
    """Return the condition that an encrypted column with an index has this value, exactly."""
    kind = column.type
    assert isinstance(kind, Encrypted)
    assert kind.index
    keys = keyring.of(session.get_bind().dialect)
    found: ColumnElement[bool] = getattr(column.class_, kind.index) == keys.index(value, kind.place)
    return found


@cache
def attributes(mapper: Mapper[Any]) -> tuple[tuple[str, Encrypted], ...]:
    """Return the encrypted attributes of a mapped class."""
    return tuple(
        (attribute.key, attribute.columns[0].type)
        for attribute in mapper.column_attrs
        if isinstance(attribute.columns[0].type, Encrypted)
    )


@event.listens_for(Mapper, "before_insert")
@event.listens_for(Mapper, "before_update")
def _bind(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    """Tell changed values which row they are of, and keep their indexes equal to them."""
    for name, column in attributes(mapper):
        if inspect(target).attrs[name].history.has_changes():
            target.id = target.id or uuid7()
            value = getattr(target, name)
            if value is not None:
                column.check(value)
                setattr(target, name, Bound.to(target.id, value))
            if column.index:
                keys = keyring.of(connection.dialect)
                setattr(target, column.index, value if value is None else keys.index(value, column.place))
