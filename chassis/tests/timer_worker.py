"""What the tests of timers note, and a worker to kill: `python timer_worker.py URL SECONDS`."""

import asyncio
import sys
from uuid import UUID

from sqlalchemy import String, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, Database, naming, now, uuid7
from chassis.timers.runner import Fired, Runner, TimerHandler


class Model(Conventions, DeclarativeBase):
    """The base of the table of notes."""

    metadata = naming()


class Rang(Model):
    """A note that a timer fired."""

    __tablename__ = "rang"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    record_id: Mapped[UUID] = mapped_column()
    step: Mapped[str] = mapped_column(String(50))


RANG: Table = Rang.__table__  # type: ignore[assignment]


async def note(session: AsyncSession, fired: Fired) -> None:
    """Note that it rang."""
    await session.execute(insert(Rang).values(id=uuid7(), record_id=fired.record_id, step=fired.step))


def slowly(seconds: float) -> TimerHandler:
    """Note it, and take so long before the commit."""

    async def handler(session: AsyncSession, fired: Fired) -> None:
        await note(session, fired)
        print("noted", flush=True)  # noqa: T201
        await asyncio.sleep(seconds)

    return handler


async def notes(database: Database) -> list[tuple[UUID, str]]:
    """Return what rang, in its order."""
    rows = await database.read(select(RANG.c.record_id, RANG.c.step).order_by(RANG.c.id))
    return [(row.record_id, row.step) for row in rows]


if __name__ == "__main__":
    asyncio.run(Runner(Database(sys.argv[1]), {"ring": slowly(float(sys.argv[2]))}, now).run())
