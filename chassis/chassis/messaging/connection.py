"""The connection to NATS, and going on when it, or PostgreSQL, is away."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from pydantic import SecretStr

log = logging.getLogger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 2.0


async def connect(url: SecretStr, tls: ssl.SSLContext | None = None) -> Client:
    """Connect as the login in the URL, waiting until NATS is there, and reconnect forever after.

    With TLS its handshake comes first, so that nothing is ever told to a server that does not encrypt.
    """

    client = Client()
    said: set[str] = set()

    async def disconnected() -> None:
        if not client.is_closed:
            log.warning("The connection to NATS is lost; reconnecting")

    async def reconnected() -> None:
        said.clear()
        log.info("NATS is back")

    async def failed(error: Exception) -> None:
        # Also how a refused permission is told; whoever waits for the answer sees only a timeout.
        if (reason := describe(error)) not in said:
            said.add(reason)
            log.warning("NATS: %s", reason)

    await client.connect(
        url.get_secret_value(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=5,
        tls=tls,
        tls_handshake_first=tls is not None,
        disconnected_cb=disconnected,
        reconnected_cb=reconnected,
        error_cb=failed,
    )
    return client


async def keep_going(task: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work again and again until cancelled, whatever stops it; say so once per outage."""
    pause = SHORTEST_PAUSE
    while still_wanted():
        started = time.monotonic()
        try:
            await work()
        except Exception as error:
            if time.monotonic() - started > LONGEST_PAUSE:
                pause = SHORTEST_PAUSE
            level = logging.WARNING if pause == SHORTEST_PAUSE else logging.DEBUG
            log.log(
                level, "%s stopped and will go on: %s", task, describe(error), exc_info=level < logging.INFO
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def still_wanted() -> bool:
    """Return True, or raise when this task was cancelled and a library swallowed that.

    In Python 3.11 `asyncio.wait_for`, which nats-py uses, does so when its result comes at the same moment.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    return True


def describe(error: BaseException) -> str:
    """Name the error in one line, even when it has no message; further lines may quote data."""
    return f"{type(error).__name__}: {error}".splitlines()[0].removesuffix(": ")
