"""What resolvers of this service hold."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Row

from chassis.access import Principal
from chassis.graphql.context import BaseContext
from chassis.service import Runtime
from identity.api_keys.queries import last_used
from identity.calendars.queries import DEFAULT
from identity.signing_keys.tokens import Mint, mint_of


class Context(BaseContext):
    """One per request."""

    def __init__(self, runtime: Runtime, principal: Principal) -> None:
        super().__init__(runtime.database, principal)
        self._runtime = runtime
        self._default_calendar: asyncio.Task[Sequence[Row[Any]]] | None = None

    @property
    def mint(self) -> Mint:
        """What makes tokens."""
        return mint_of(self._runtime.settings)

    def now(self) -> datetime:
        """Return the present instant."""
        return self._runtime.clock()

    async def default_calendar(self) -> Row[Any] | None:
        """Return the calendar that counts where none is named; read once."""
        self.principal.require("calendar", "read")
        if self._default_calendar is None:
            self._default_calendar = asyncio.create_task(self.database.read(DEFAULT))
        found = await self._default_calendar
        return found[0] if found else None

    async def last_used(self, api_key_id: UUID) -> datetime | None:
        """Return when a key was used last; all keys asked for together are read by one statement."""

        async def many(ids: list[UUID]) -> list[datetime | None]:
            found = await last_used(self.database, ids)
            return [found.get(id) for id in ids]

        used: datetime | None = await self._loaded("last used", many, api_key_id)
        return used


Info = strawberry.Info[Context, None]
