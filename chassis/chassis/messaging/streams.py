"""The stream of a service's events: the transport, never the truth."""

import ssl
from dataclasses import replace

import aiohttp
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from chassis.errors import Unavailable

DUPLICATE_WINDOW_SECONDS = 120.0


async def ensure_stream(js: JetStreamContext, service: str) -> None:
    """Make the service's stream, or bring it up to date; what an operator chose besides stays."""
    try:
        found = (await js.stream_info(service)).config
    except NotFoundError:
        await js.add_stream(_required(StreamConfig(storage=StorageType.FILE), service))
    else:
        if (wanted := _required(found, service)) != found:
            await js.update_stream(wanted)


def _required(config: StreamConfig, service: str) -> StreamConfig:
    return replace(
        config,
        name=service,
        subjects=[f"roundel.{service}.v1.>"],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_atomic=True,
    )


async def check_durability(monitor_url: str, tls: ssl.SSLContext | None = None) -> None:
    """Refuse a NATS server that acknowledges what is not on its disk yet."""
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{monitor_url}/varz", ssl=tls or True) as answer,
        ):
            varz = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise Unavailable(f"NATS does not tell its configuration at {monitor_url}/varz") from error
    if not varz.get("jetstream", {}).get("config", {}).get("sync_always"):
        raise RuntimeError(
            f"The NATS server at {monitor_url} may lose acknowledged events when its machine fails;"
            " set `sync_interval: always` in its jetstream section"
        )
