"""GraphQL over WebSocket, in the protocol `graphql-transport-ws`."""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send

from chassis.edges.addresses import address_of
from chassis.errors import DomainError
from gateway.errors import Refused, problem
from gateway.metrics import SUBSCRIPTIONS
from gateway.serving.endpoint import Call, Caller, GraphQLEndpoint
from gateway.subscriptions.quota import Quota
from gateway.subscriptions.subscriber import Subscriber

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
WRITE_SECONDS = 30.0  # a reader that takes nothing for so long is cut off

MOST_OPERATIONS = 100  # that one connection may run at a time
LONGEST_REASON = 120  # bytes that a close frame has room for

INVALID, UNAUTHORIZED, FORBIDDEN, NOT_SPOKEN = 4400, 4401, 4403, 4406
LATE, DOUBLE, TOO_MANY = 4408, 4409, 4429
RESTARTS, TRY_LATER = 1012, 1013
ENDS = {"LIMIT": TRY_LATER, "UNAVAILABLE": RESTARTS, "UNAUTHENTICATED": FORBIDDEN}


class Closed(Exception):
    """The connection is to be closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class HungUp(Exception):
    """The caller closed the connection."""


class WebSocketEndpoint:
    """Serves WebSocket connections; a browser's page of another origin must be one of `origins`."""

    def __init__(
        self,
        endpoint: GraphQLEndpoint,
        quota: Quota,
        origins: Collection[str],
    ) -> None:
        """`quota` counts the connections of every caller."""
        self.endpoint = endpoint
        self._quota = quota
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        await receive()
        if not self._is_ours(headers):
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        spoken = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
        connection = _Connection(self, headers, address_of(scope), receive, send)
        try:
            if not spoken:
                raise Closed(NOT_SPOKEN, f"Only {PROTOCOL} is spoken here")
            await self._serve(connection)
        except (HungUp, OSError):
            log.debug("A WebSocket was closed by its caller, or reads nothing")
        except Closed as error:
            await connection.close(error)

    async def _serve(self, connection: "_Connection") -> None:
        caller = await connection.begin()
        try:
            self._quota.take(caller.principal)
        except Refused as error:
            raise Closed(TOO_MANY, str(error)) from None
        try:
            await connection.tell({"type": "connection_ack"})
            await connection.serve(caller)
        finally:
            self._quota.give_back(caller.principal)

    def _is_ours(self, headers: Mapping[str, str]) -> bool:
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == headers.get("host") or origin in self._origins


class _Connection:
    """One connection, its caller and the operations that run on it."""

    def __init__(
        self,
        server: WebSocketEndpoint,
        headers: Mapping[str, str],
        address: str | None,
        receive: Receive,
        send: Send,
    ) -> None:
        self._server = server
        self._address = address
        self._headers = headers
        self._receive = receive
        self._send = send
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[Closed | OSError] = asyncio.get_running_loop().create_future()

    async def begin(self) -> Caller:
        """Wait for `connection_init` and return whom its token speaks for."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while (message := await self._message())["type"] != "connection_init":
                    if message["type"] == "subscribe":
                        raise Closed(UNAUTHORIZED, "Unauthorized")
                    await self._answer(message)
        except TimeoutError:
            raise Closed(LATE, "Connection initialisation timeout") from None
        payload = message.get("payload")
        given = {name.lower(): value for name, value in payload.items()} if type(payload) is dict else {}
        if "authorization" in given:
            self._headers = {**self._headers, "authorization": str(given["authorization"])}
        try:
            caller = await self._server.endpoint.caller(Call(self._headers, self._address))
        except (DomainError, Refused) as error:
            raise Closed(FORBIDDEN, str(error)) from None
        if not caller.known:
            raise Closed(FORBIDDEN, "Sign in first: put `authorization` into the payload of connection_init")
        return caller

    async def serve(self, caller: Caller) -> None:
        """Run operations until one side ends the connection."""
        reading = asyncio.create_task(self._read(caller))
        try:
            await asyncio.wait((reading, self._ended), return_when=asyncio.FIRST_COMPLETED)
            if self._ended.done():
                raise self._ended.result()
            await reading
        finally:
            tasks = [reading, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, closed: Closed) -> None:
        """Say why the connection ends."""
        reason = closed.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with contextlib.suppress(OSError):
            async with asyncio.timeout(WRITE_SECONDS):
                await self._send({"type": "websocket.close", "code": closed.code, "reason": reason})

    async def tell(self, message: Mapping[str, Any]) -> None:
        """Send one message of the protocol."""
        await self._write(orjson.dumps(message))

    async def _write(self, text: bytes) -> None:
        async with asyncio.timeout(WRITE_SECONDS):
            await self._send({"type": "websocket.send", "text": text.decode()})

    async def _message(self) -> dict[str, Any]:
        received = await self._receive()
        if received["type"] == "websocket.disconnect":
            raise HungUp
        try:
            message = orjson.loads(received.get("text") or "")
        except orjson.JSONDecodeError:
            message = None
        if type(message) is not dict or type(message.get("type")) is not str:
            raise Closed(INVALID, "A message is a JSON text with a type")
        return message

    async def _read(self, caller: Caller) -> None:
        while True:
            message = await self._message()
            match message["type"]:
                case "connection_init":
                    raise Closed(TOO_MANY, "Too many initialisation requests")
                case "subscribe":
                    await self._begin_operation(message, caller)
                case "complete":
                    if task := self._operations.pop(str(message.get("id")), None):
                        task.cancel()
                case _:
                    await self._answer(message)

    async def _answer(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "ping":
            await self.tell({"type": "pong"})
        elif message["type"] != "pong":
            raise Closed(INVALID, f"There is no message of type {message['type']}")

    async def _begin_operation(self, message: Mapping[str, Any], caller: Caller) -> None:
        id, payload = message.get("id"), message.get("payload")
        if type(id) is not str or not id or type(payload) is not dict:
            raise Closed(INVALID, "subscribe has an id and a payload")
        if id in self._operations:
            raise Closed(DOUBLE, f"Subscriber for {id} already exists")
        if len(self._operations) == MOST_OPERATIONS:
            many = f"{MOST_OPERATIONS} operations run on this connection; complete one first"
            await self.tell({"id": id, "type": "error", "payload": [problem(many, "LIMIT")]})
            return
        self._operations[id] = asyncio.create_task(self._operate(id, payload, caller))

    async def _operate(self, id: str, payload: dict[str, Any], caller: Caller) -> None:
        endpoint, call = self._server.endpoint, Call(self._headers, self._address)
        result = (await endpoint.reply(call, endpoint.start(call, payload, caller))).answer
        try:
            if isinstance(result, Subscriber):
                await self._stream(id, result)
            elif "data" in result:
                await self._next(id, orjson.dumps(result))
                await self._finish(id, {"type": "complete"})
            else:
                await self._finish(id, {"type": "error", "payload": result["errors"]})
        except OSError as error:
            self._end(error)  # it has gone or reads nothing, so it cannot be told either

    async def _stream(self, id: str, subscriber: Subscriber) -> None:
        try:
            with SUBSCRIPTIONS.labels("websocket").track_inprogress():
                while (body := await subscriber.next()) is not None:
                    await self._next(id, body)
        finally:
            subscriber.leave()
        reason = subscriber.reason
        assert reason is not None, "only a reason ends a stream that its reader did not leave"
        await self._finish(id, {"type": "error", "payload": [reason]})
        self._end(Closed(ENDS[reason["extensions"]["code"]], reason["message"]))

    async def _next(self, id: str, body: bytes) -> None:
        await self._write(b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(id), body))

    async def _finish(self, id: str, ending: Mapping[str, Any]) -> None:
        self._operations.pop(id, None)  # the caller may use the id again as soon as it knows
        await self.tell({"id": id, **ending})

    def _end(self, why: Closed | OSError) -> None:
        if not self._ended.done():
            self._ended.set_result(why)
