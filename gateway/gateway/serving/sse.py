"""GraphQL over Server-Sent Events, in distinct connections: one request, one stream of `next`, `complete`."""

import asyncio
import logging
from collections.abc import Iterable

import orjson
from starlette.types import Receive, Send

from gateway.engine import Answer
from gateway.metrics import SUBSCRIPTIONS
from gateway.subscriptions.subscriber import Subscriber

log = logging.getLogger(__name__)

CONTENT = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
WRITE_SECONDS = 30.0  # a reader that takes nothing for so long is cut off

HEARTBEAT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


async def answer(send: Send, result: Answer, request_id: str) -> None:
    """Send one answer as a whole stream."""
    await _start(send, request_id)
    await _write(send, _next(orjson.dumps(result)) + COMPLETE, last=True)


async def stream(subscriber: Subscriber, receive: Receive, send: Send, request_id: str) -> None:
    """Send what the subscriber is told until it ends or the caller goes."""
    leaving = asyncio.create_task(_leaving(subscriber, receive))
    try:
        with SUBSCRIPTIONS.labels("sse").track_inprogress():
            await _start(send, request_id)
            await _write(send, HEARTBEAT)
            while (told := await _told(subscriber)) is not None:
                await _write(send, told)
            reason = orjson.dumps({"errors": [subscriber.reason]}) if subscriber.reason else None
            await _write(send, (_next(reason) if reason else b"") + COMPLETE, last=True)
    except OSError:
        log.debug("The reader of %s has gone or reads nothing, so it cannot be told either", request_id)
    finally:
        leaving.cancel()
        subscriber.leave()


async def _told(subscriber: Subscriber) -> bytes | None:
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            body = await subscriber.next()
    except TimeoutError:
        return HEARTBEAT
    return None if body is None else _next(body)


async def _leaving(subscriber: Subscriber, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscriber.end()


def _next(body: bytes) -> bytes:
    return b"event: next\ndata: " + body + b"\n\n"


async def _start(send: Send, request_id: str) -> None:
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"content-type", CONTENT.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # proxies pass each event on at once
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _write(send: Send, data: bytes, *, last: bool = False) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await send({"type": "http.response.body", "body": data, "more_body": not last})
