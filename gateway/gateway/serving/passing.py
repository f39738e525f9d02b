"""Files on their way between callers and services: `/files/sales/…` goes to `/files/…` of sales."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from urllib.parse import unquote

import aiohttp
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

from chassis.edges.addresses import address_of
from chassis.errors import DomainError
from gateway.errors import STATUS, Problem, Refused, problem, refused
from gateway.serving.endpoint import Call, Caller

PREFIXES = ("files", "imports", "exports")
LARGEST = 300_000_000  # bytes of a request; the services allow less
METHODS = ("GET", "HEAD", "POST", "DELETE")
SENT = (
    "authorization",
    "accept",
    "accept-language",
    "content-type",
    "range",
    "if-none-match",
    "traceparent",
    "tracestate",
)
ANSWERED = (
    "content-type",
    "content-length",
    "content-disposition",
    "content-range",
    "accept-ranges",
    "cache-control",
    "etag",
    "last-modified",
)
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120)

Authenticate = Callable[[Call], Awaitable[Caller]]


def is_file(path: str) -> bool:
    """Tell whether a path is one of a service's files."""
    return path.split("/", 2)[1] in PREFIXES if path.startswith("/") else False


def with_files(app: ASGIApp, passing: ASGIApp) -> ASGIApp:
    """Return the application that hands requests for files to the other one."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        passes = scope["type"] == "http" and is_file(scope["path"])
        await (passing if passes else app)(scope, receive, send)

    return serve


class Passing:
    """Streams requests for files to the services and their answers back."""

    def __init__(
        self,
        urls: Callable[[], Mapping[str, str]],
        authenticate: Authenticate,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._urls = urls
        self._authenticate = authenticate
        self._tls = tls
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._http is not None:
            await self._http.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(headers, address_of(scope))
        try:
            url = self._target(scope)
            caller = await self._authenticate(call)
            # a link to fetch something by carries its right in itself
            if not caller.known and scope["method"] not in ("GET", "HEAD"):
                raise refused("Sign in first: send `Authorization: Bearer <token>`", "UNAUTHENTICATED")
            await self._pass(url, scope, call, receive, send)
        except Refused as error:
            await _answer(send, call, error.status, list(error.problems))
        except DomainError as error:
            told = {"message": error.message, "extensions": error.extensions}
            await _answer(send, call, STATUS[error.code], [told])

    def _target(self, scope: Scope) -> str:
        prefix, _, rest = scope["raw_path"].decode("latin-1")[1:].partition("/")
        service, *parts = rest.split("/")
        if scope["method"] not in METHODS:
            raise Refused(problem(f"Send {', '.join(METHODS)}", "INVALID"), status=405)
        url = self._urls().get(service)
        if url is None or not {".", ".."}.isdisjoint(unquote(part) for part in parts):
            raise refused(f"There is no service {service!r} with {prefix}", "NOT_FOUND")
        query = scope["query_string"].decode("latin-1")
        path = "/".join((url.removesuffix("/graphql"), prefix, *parts))
        return f"{path}?{query}" if query else path

    async def _pass(self, url: str, scope: Scope, call: Call, receive: Receive, send: Send) -> None:
        if int(call.headers.get("content-length") or 0) > LARGEST:
            raise refused(f"A file may have {LARGEST} bytes", "LIMIT")
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=TIMEOUT, auto_decompress=False, connector=aiohttp.TCPConnector(ssl=self._tls or True)
            )
        headers = {name: call.headers[name] for name in SENT if name in call.headers}
        headers |= {"x-request-id": call.request_id, **call.forwarded}
        method = scope["method"]
        data = _body(receive) if method == "POST" else None
        started = False
        try:
            async with self._http.request(
                method, URL(url, encoded=True), data=data, headers=headers, allow_redirects=False
            ) as answer:
                kept = [
                    (name.encode(), answer.headers[name].encode("latin-1"))
                    for name in ANSWERED
                    if name in answer.headers
                ]
                started = True
                await send(
                    {
                        "type": "http.response.start",
                        "status": answer.status,
                        "headers": [*kept, (b"x-request-id", call.request_id.encode())],
                    }
                )
                async for block in answer.content.iter_any():
                    await send({"type": "http.response.body", "body": block, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except (aiohttp.ClientError, TimeoutError) as error:
            if started:
                raise  # the caller sees a body that breaks off, and not one that seems whole
            raise refused("The service that keeps this does not answer; try again", "UNAVAILABLE") from error


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise aiohttp.ClientError("The caller hung up")
        block: bytes = message.get("body", b"")
        size += len(block)
        if size > LARGEST:
            raise refused(f"A file may have {LARGEST} bytes", "LIMIT")
        if block:
            yield block
        if not message.get("more_body"):
            return


async def _answer(send: Send, call: Call, status: int, problems: list[Problem]) -> None:
    body = orjson.dumps({"errors": problems})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", call.request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
