"""PostgreSQL: the engine, the only commit, and what every table has in common."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import CHAR, DateTime, Enum, Executable, MetaData, Numeric, Row, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InternalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from chassis import access, telemetry, tls
from chassis.access import guard, wall
from chassis.access.rights import Rights
from chassis.audit.recording import RecordingSession
from chassis.contention import contended
from chassis.errors import Conflict, NotFound, Unavailable
from chassis.reads.reader import NOT_READ, Reader, Wanted

_UNIQUE_VIOLATION = "23505"
_STARTING_OR_STOPPING = ("57P01", "57P02", "57P03")
_KEY = re.compile(r"Key \((.+?)\)=")

Currency = Annotated[str, CHAR(3)]  # ISO 4217; a text here would be taken for a forward reference


def uuid7() -> UUID:
    """Return a new id that sorts by the time it was made."""
    return uuid_utils.compat.uuid7()


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(UTC)


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


class Conventions:
    """How columns and constraints are stored and named; mix into each service's declarative base."""

    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        datetime: DateTime(timezone=True),
        Decimal: Numeric(19, 4),
        Currency: CHAR(3),
        StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=_values),
    }


def naming() -> MetaData:
    """Return metadata whose constraints get predictable names, so that migrations can name them."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Aggregate:
    """What every aggregate's row carries: identity, order of changes, and who changed it when."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-10)
    version: Mapped[int] = mapped_column(sort_order=90)
    created_at: Mapped[datetime] = mapped_column(default=now, sort_order=91)
    created_by: Mapped[UUID | None] = mapped_column(default=access.actor_id, sort_order=92)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now, sort_order=93)
    updated_by: Mapped[UUID | None] = mapped_column(
        default=access.actor_id, onupdate=access.actor_id, sort_order=94
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version, "eager_defaults": True}


A = TypeVar("A", bound=Aggregate)


class Database:
    """One service's database."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            async_creator=tls.connector(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            hide_parameters=True,
        )
        event.listen(self.engine.sync_engine, "checkout", _replace_when_closed)
        telemetry.trace_sql(self.engine.sync_engine)
        self.reader = Reader(self.engine.url, self.engine.dialect, size=pool_size)
        self.narrow = wall.NarrowReader(self.engine.url, self.engine.dialect, size=pool_size)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(
            self.engine, expire_on_commit=False, sync_session_class=RecordingSession
        )
        self.committed = asyncio.Event()  # wakes the relay of this process

    async def close(self) -> None:
        """Give back every connection."""
        await self.reader.close()
        await self.narrow.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commit what happens inside, or nothing of it; the only commit in the suite.

        Raises Conflict when another writer changed a row in between, or has what must be unique, its kind
        Contended when another transaction was in the way, and Unavailable when the server is away.
        """
        async with self._sessions() as session:
            try:
                yield session
                await session.commit()
            except StaleDataError as error:
                raise Conflict("Somebody changed this in the meantime; read it again") from error
            except IntegrityError as error:
                raise taken(error) or error from error
            except (DBAPIError, PoolTimeout, OSError) as error:
                raise contended(error) or _away(error) or error from error
        if session.info.get("tells"):
            self.committed.set()

    async def read(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement, outside any transaction (no BEGIN and COMMIT round trips).

        A caller with narrow rights reads behind the second wall, see access.wall. Raises Unavailable when
        the server is away.
        """
        rights = wall.narrow()
        with suppress(*NOT_READ):
            return await self._reader(rights).rows(statement, parameters or {})
        try:
            async with self._reading.connect() if rights is None else self.engine.begin() as connection:
                if rights is not None:
                    await connection.execute(wall.local(rights, statement))
                return (await connection.execute(statement, parameters or {})).all()
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _away(error) or error from error

    async def read_together(self, wanted: Sequence[Wanted]) -> Sequence[Sequence[Row[Any]] | BaseException]:
        """Return the rows of each of several statements, or what reading them raises, see `read`."""
        with suppress(Exception):  # what is wrong with one of them is told by reading it alone
            return await self._reader(wall.narrow()).together(wanted)
        alone = [self.read(*each) for each in wanted]
        found: list[Sequence[Row[Any]] | BaseException] = await asyncio.gather(*alone, return_exceptions=True)
        return found

    def _reader(self, rights: Rights | None) -> Reader:
        return self.reader if rights is None else self.narrow


def _replace_when_closed(connection: Any, *_: object) -> None:
    """Take a new connection for one that the server closed; the pool's own check asks it three times."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("The server closed this connection")


def _away(error: Exception) -> Unavailable | None:
    if isinstance(error, DBAPIError) and not error.connection_invalidated:
        state = getattr(error.orig, "sqlstate", None)
        # of the driver itself, for example when a server's farewell has come and its end has not
        confused = isinstance(error, InternalError) and state is None
        if state not in _STARTING_OR_STOPPING and not confused:
            return None
    return Unavailable("The database does not answer; try again")


def taken(error: IntegrityError) -> Conflict | None:
    """Return what a caller is told of a value that must be unique and is not; None for another violation."""
    refusal = error.orig and error.orig.__cause__  # the driver's own, which knows table and columns
    columns = _KEY.match(getattr(refusal, "detail", None) or "")
    if getattr(refusal, "sqlstate", "") != _UNIQUE_VIOLATION or columns is None:
        return None
    table = getattr(refusal, "table_name", "row")
    return Conflict(f"There is a {table} with this {columns[1]} already; change that one, or choose another")


async def fetch(session: AsyncSession, model: type[A], id: UUID, *, expected_version: int | None = None) -> A:
    """Return the row, locked until the transaction ends.

    Raises NotFound when there is none that the caller may know of, Forbidden when the caller may not do
    to it what is being done, and Conflict when it is no longer at `expected_version`.
    """
    found = await session.get(model, id, with_for_update=True)
    label = model.__name__
    if found is None or not await guard.may_touch(session, model, id):
        raise NotFound(f"There is no {label} {id}", id=str(id), type=label)
    if expected_version is not None and found.version != expected_version:
        raise Conflict(
            f"{label} {id} is at version {found.version}, not {expected_version}; read it again",
            path=("input", "expectedVersion"),
            currentVersion=found.version,
        )
    return found
