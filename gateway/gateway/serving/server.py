"""How the application is served over the network."""

from typing import Any

import uvicorn

from chassis.tls import listening
from gateway.planning.limits import Limits
from gateway.serving.connection import BoundedConnection
from gateway.serving.shell import Application
from gateway.settings import Settings

DRAIN_SECONDS = 10
IDLE_SECONDS = 75  # longer than callers keep a connection, so that none is reused as it closes


class Server(uvicorn.Server):
    """Serves the application; streams are completed before it stops, or it would wait for them."""

    def __init__(self, application: Application, settings: Settings, *, port: int | None = None) -> None:
        """`port` stands in for the one of the settings."""
        super().__init__(
            uvicorn.Config(
                application.asgi,
                http=BoundedConnection,
                access_log=False,
                log_config=None,
                log_level="warning",  # below that it tells of every WebSocket
                server_header=False,
                lifespan="on",
                timeout_graceful_shutdown=DRAIN_SECONDS,
                timeout_keep_alive=IDLE_SECONDS,
                ws="websockets-sansio",
                ws_max_size=Limits().body_bytes,
                ws_per_message_deflate=False,  # it costs each connection more memory than all else
                host=settings.host,
                port=settings.http_port if port is None else port,
                forwarded_allow_ips=list(settings.trusted_proxies),
                **listening(settings.tls),
            )
        )
        self._hub = application.hub

    async def shutdown(self, sockets: Any = None) -> None:
        """Complete the streams, then stop."""
        self._hub.close()
        await super().shutdown(sockets)
