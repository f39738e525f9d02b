"""Asking other services: who asks, until when, and what a failure means to the asker."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Never

import grpc
from opentelemetry.trace import SpanKind

from chassis import access, telemetry
from chassis.audit.context import carried
from chassis.errors import Unavailable
from chassis.rpc import wire
from chassis.tls import Edition, Tls, open_channel

DEADLINE_SECONDS = 2.0
RESERVE_SECONDS = 0.05  # what is left to answer our own caller, when the other does not answer us
RETRY_AFTER_SECONDS = (0.1, 0.5)
REPEATABLE = ("Get", "List", "BatchGet", "Find", "Check")  # reads; a repeated write may happen twice

OPTIONS = (
    ("grpc.max_receive_message_length", 40_000_000),  # a batch of records, each with all that it may hold
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


class Peers:
    """The services that this one may ask; a connection is made when needed, and with new certificates."""

    def __init__(self, targets: Mapping[str, str], tls: Tls | None = None) -> None:
        self._targets = targets
        self._tls = tls
        self._channels: dict[tuple[str, Edition | None], grpc.aio.Channel] = {}

    def channel(self, service: str) -> grpc.aio.Channel:
        """Return the channel for a stub of this service's: `FinanceServiceStub(peers.channel("finance"))`."""
        needed = service, self._tls.edition if self._tls else None
        if needed not in self._channels:
            if service not in self._targets:
                raise Unavailable(f"No address of {service} is known here; set ROUNDEL_PEERS")
            self._channels[needed] = open_channel(
                self._targets[service], self._tls, options=OPTIONS, interceptors=[_Edge(service)]
            )
        return self._channels[needed]

    async def close(self) -> None:
        """Hang up."""
        for channel in self._channels.values():
            await channel.close()


class _Edge(grpc.aio.UnaryUnaryClientInterceptor):
    """Sends trace, token and deadline along, and raises what the other end refuses."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Any],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        name = _text(client_call_details.method)
        with telemetry.span(name.lstrip("/"), SpanKind.CLIENT):
            until = asyncio.get_running_loop().time() + self._seconds(client_call_details.timeout)
            pauses = iter(RETRY_AFTER_SECONDS if name.rpartition("/")[2].startswith(REPEATABLE) else ())
            while True:
                left = until - asyncio.get_running_loop().time()
                try:
                    return await (await continuation(_with(client_call_details, left), request))
                except grpc.aio.AioRpcError as error:
                    pause = next(pauses, None) if error.code() is grpc.StatusCode.UNAVAILABLE else None
                    if pause is None or pause >= left:
                        self._raise(error)
                await asyncio.sleep(pause)

    def _seconds(self, asked: float | None) -> float:
        wanted = DEADLINE_SECONDS if asked is None else asked
        left = wire.remaining()
        seconds = wanted if left is None else min(wanted, left - RESERVE_SECONDS)
        if seconds <= 0:
            raise Unavailable(f"No time is left to ask {self._service}")
        return seconds

    def _raise(self, error: grpc.aio.AioRpcError) -> Never:
        refusal = wire.decode(tuple(error.trailing_metadata() or ()))
        if refusal is not None:
            raise refusal from error
        why = error.code().name.lower().replace("_", " ")
        raise Unavailable(
            f"{self._service} does not answer ({why}); try again", service=self._service
        ) from error


def _with(details: grpc.aio.ClientCallDetails, seconds: float) -> grpc.aio.ClientCallDetails:
    metadata = grpc.aio.Metadata(*(details.metadata or ()), *(telemetry.inject() | carried()).items())
    if token := access.current().token:
        metadata.add("authorization", f"Bearer {token}")
    return grpc.aio.ClientCallDetails(
        details.method, seconds, metadata, details.credentials, details.wait_for_ready
    )


def _text(method: str | bytes) -> str:
    return method if isinstance(method, str) else method.decode()
