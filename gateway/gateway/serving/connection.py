"""One HTTP connection: what uvicorn leaves to a proxy, kept in bounds here too."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.serving.passing import is_file

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedConnection(HttpToolsProtocol):
    """Closes when the head of a request is too large or too slow, or a message goes on and on.

    The parser joins the parts of a header anew with each part, so one without end would take all time too.
    """

    head_bytes = 65_536
    message_bytes = 4_000_000  # the route refuses far smaller bodies, and its refusal is better explained
    file_bytes = 310_000_000  # of a message that brings a file
    head_seconds = 10.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = True
        self._is_file = False
        self._received = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request soon."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless too much came."""
        super().data_received(data)
        self._received += len(data)
        if self._in_head and self._received > self.head_bytes:
            self.transport.write(TOO_LARGE)
            self.transport.close()
        elif self._received > (self.file_bytes if self._is_file else self.message_bytes):
            self.transport.close()
        elif self._in_head and self._deadline is None:
            self._expect_head()

    def on_message_begin(self) -> None:
        """Count from here."""
        super().on_message_begin()
        self._in_head = True
        self._received = 0

    def on_headers_complete(self) -> None:
        """Serve the request."""
        self._in_head = False
        self._is_file = is_file(self.url.decode("latin-1"))
        self._head_arrived()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self.transport.close)

    def _head_arrived(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
