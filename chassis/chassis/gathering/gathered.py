"""Handlers whose writes wait for those of the events beside theirs: one statement for a whole batch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.messaging.envelope import Envelope

T = TypeVar("T")


@dataclass(frozen=True)
class Gathered(Generic[T]):
    """Handles an event in two steps: `prepare` on behalf of its actor, `write` for many events at once.

    `write` gets what was prepared in the order of the events, before any handler that is not gathered
    with them runs; it acts for nobody, so what is emitted or audited belongs into `prepare`.
    """

    prepare: Callable[[AsyncSession, Any, Envelope], Awaitable[T]]
    write: Callable[[AsyncSession, Sequence[T]], Awaitable[None]]

    async def __call__(self, session: AsyncSession, event: Any, envelope: Envelope) -> None:
        """Handle one event alone."""
        await self.write(session, [await self.prepare(session, event, envelope)])


class Gathering:
    """What the events of one batch left to be written."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._write: Callable[[AsyncSession, Sequence[Any]], Awaitable[None]] | None = None
        self._prepared: list[Any] = []

    async def handle(self, handler: Any, event: Any, envelope: Envelope, *, alone: bool) -> None:
        """Let a handler handle an event; unless `alone`, a gathered one writes later."""
        gathered = isinstance(handler, Gathered) and not alone
        if not gathered or handler.write != self._write:
            await self.write()
        if gathered:
            self._prepared.append(await handler.prepare(self._session, event, envelope))
            self._write = handler.write
        else:
            await handler(self._session, event, envelope)

    async def write(self) -> None:
        """Write what waits."""
        if self._write and self._prepared:
            prepared, self._prepared = self._prepared, []
            await self._write(self._session, prepared)
