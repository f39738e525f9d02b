"""The gRPC side of a service: only known callers, refusals as statuses, a stop that loses no call."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Never

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.trace import SpanKind

from chassis import telemetry
from chassis.access import Principal, TokenVerifier, acting_as
from chassis.access import rpc as policy
from chassis.audit.context import CAUSE, arising_from
from chassis.errors import DomainError, Unauthenticated
from chassis.rpc import wire
from chassis.settings import ServiceSettings
from chassis.tls import serve_rpcs

CONCURRENT_RPCS = 200  # more are refused at once instead of all becoming slow

# Clients look up the addresses again now and then, so that new replicas get their share of calls.
OPTIONS = (
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
    ("grpc.so_reuseport", 0),
)
OPEN_TO_ALL = ("/grpc.health.", "/grpc.reflection.")

Registration = tuple[Callable[[Any, Any], None], object]
Context = grpc.aio.ServicerContext[Any, Any]
Method = Callable[[Any, Context], Awaitable[Any]]

log = logging.getLogger(__name__)


class RpcServer:
    """Serves a service's rpcs at `settings.grpc_port`; port 0 takes a free one, told by `port`."""

    def __init__(self, settings: ServiceSettings, verifier: TokenVerifier) -> None:
        self._tls = settings.tls
        self._address = f"{settings.host}:{settings.grpc_port}"
        self._names = [reflection.SERVICE_NAME, health.SERVICE_NAME]
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(
            interceptors=[_Edge(verifier)], options=OPTIONS, maximum_concurrent_rpcs=CONCURRENT_RPCS
        )
        self.port = 0

    def add(self, add_to_server: Callable[[Any, Any], None], servicer: object) -> None:
        """Serve these rpcs too: `add(add_FinanceServiceServicer_to_server, FinanceService(…))`.

        Raises TypeError for an rpc that declares no policy.
        """
        add_to_server(servicer, _Recorder(self._server, self._names, servicer))

    async def start(self) -> None:
        """Listen."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(self._names, self._server)
        self.port = serve_rpcs(self._server, self._address, self._tls)
        await self._server.start()

    async def stop(self, grace_seconds: float) -> None:
        """Take no new calls, finish those in progress within the grace."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_seconds)


class _Recorder:
    """Notes the name of what generated code adds to the server, for the reflection service."""

    def __init__(self, server: grpc.aio.Server, names: list[str], servicer: object) -> None:
        self.add_generic_rpc_handlers = server.add_generic_rpc_handlers
        self._server = server
        self._names = names
        self._servicer = servicer

    def add_registered_method_handlers(self, name: str, handlers: Any) -> None:
        policy.check(self._servicer, handlers)
        self._names.append(name)
        self._server.add_registered_method_handlers(name, handlers)


class _Edge(grpc.aio.ServerInterceptor):
    """Turns what comes over the wire into a trace, a principal and a deadline, and refusals back."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        if handler is None or details.method.startswith(OPEN_TO_ALL):
            return handler
        if handler.unary_unary is None:
            return None  # what this edge does not guard is not served
        return grpc.unary_unary_rpc_method_handler(
            self._guarded(details.method, handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _guarded(self, name: str, method: Method) -> Method:
        async def answer(request: Any, call: Context) -> Any:
            metadata = {
                key: value for key, value in call.invocation_metadata() or () if isinstance(value, str)
            }
            with (
                telemetry.extracted(metadata),
                telemetry.span(name.lstrip("/"), SpanKind.SERVER),
                wire.answering_within(call.time_remaining()),
            ):
                try:
                    with (
                        acting_as(await self._principal(metadata)),
                        arising_from("rpc", name.lstrip("/"), metadata.get(CAUSE)),
                    ):
                        return await method(request, call)
                except DomainError as error:
                    await _refuse(call, error)
                except grpc.aio.AbortError:
                    raise
                except Exception:
                    log.exception("%s failed", name)
                    await call.abort(
                        grpc.StatusCode.INTERNAL, "Something went wrong here; the log tells what"
                    )

        return answer

    async def _principal(self, metadata: dict[str, str]) -> Principal:
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if not token or scheme.lower() != "bearer":
            raise Unauthenticated("This needs a token: send it as `authorization: Bearer …`")
        return await self._verifier.verify(token)


async def _refuse(call: Context, error: DomainError) -> Never:
    metadata = ((wire.ERROR, wire.encode(error)),)
    await call.abort(wire.STATUS[error.code], error.message, trailing_metadata=metadata)
    raise AssertionError("abort raises")
