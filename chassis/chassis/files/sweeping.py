"""The worker's part: files that nobody attached do not stay."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from chassis.database import Database
from chassis.files import kept
from chassis.files.store import Store
from chassis.settings import ServiceSettings


class Runtime(Protocol):
    """What of a running service is needed."""

    @property
    def settings(self) -> ServiceSettings:
        """Where the store is."""
        ...

    @property
    def database(self) -> Database:
        """Where the files' rows are."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """What time it is."""
        ...


async def sweep_files(runtime: Runtime) -> None:
    """Remove what nobody attached in time, if this service keeps files."""
    if runtime.settings.files:
        await kept.sweep(runtime.database, Store(runtime.settings.files), at=runtime.clock())
