"""The client that asks the subgraphs, against servers that answer as HTTP allows, and as it does not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chassis.tls import Tls, asking
from deploy.local.certificates import Authority
from gateway.execution.http import ConnectionLost, HttpClient, Target, TooLarge, Unreachable, written

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 2\r\n\r\n{}"
Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: Answer, tls: Tls | None = None) -> AsyncIterator[tuple[Target, list[int]]]:
    """Answer each request; yields the address and the numbers of requests per connection."""
    counts: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counts.append(0)
        mine = len(counts) - 1
        try:
            while (method := await reader.readexactly(4)) == b"POST":
                head = method + await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                counts[mine] += 1
                await answer(head + await reader.readexactly(length), writer)
            writer.close()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls.certificate, tls.key)
    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    scheme, port = "https" if tls else "http", running.sockets[0].getsockname()[1]
    yield Target.of(f"{scheme}://127.0.0.1:{port}/graphql?x=1"), counts
    running.close()


def raw(*parts: bytes, close: bool = False) -> Answer:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if close:
            writer.close()

    return answer


def later() -> float:
    return asyncio.get_running_loop().time() + 5


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    client = HttpClient(largest=1000)
    yield client
    client.close()


@pytest.mark.parametrize(
    "parts",
    [
        (LENGTH,),
        (OK, b"content-le", b"ngth: 2\r\n\r\n{", b"}"),
        (OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n{\r\n1\r\n}\r\n", b"0\r\n\r\n"),
    ],
)
async def test_an_answer_is_read_however_it_is_cut(client: HttpClient, parts: tuple[bytes, ...]) -> None:
    async with server(raw(*parts)) as (target, counts):
        for _ in range(3):
            head = written({"content-type": "application/json"})
            assert await client.post(target, b"{}", head, later()) == (200, b"{}")
        assert counts == [3]


async def test_what_is_sent_is_one_request(client: HttpClient) -> None:
    seen: list[bytes] = []

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(request)
        await raw(LENGTH)(request, writer)

    async with server(answer) as (target, _):
        await client.post(target, b"{1}", written({"authorization": "Bearer x"}), later())
    assert seen[0].startswith(b"POST /graphql?x=1 HTTP/1.1\r\nhost: 127.0.0.1:")
    assert seen[0].endswith(b"authorization: Bearer x\r\ncontent-length: 3\r\n\r\n{1}")


async def test_a_connection_that_the_server_closes_is_not_used_again(client: HttpClient) -> None:
    closing = OK + b"connection: close\r\ncontent-length: 2\r\n\r\n{}"
    async with server(raw(closing)) as (target, counts):
        for _ in range(2):
            assert await client.post(target, b"{}", b"", later()) == (200, b"{}")
        assert counts == [1, 1]
    async with server(raw(LENGTH, close=True)) as (target, counts):
        assert await client.post(target, b"{}", b"", later()) == (200, b"{}")
        await asyncio.sleep(0.05)
        assert await client.post(target, b"{}", b"", later()) == (200, b"{}")
        assert counts == [1, 1]


@pytest.mark.parametrize("parts", [(), (b"nonsense\r\n\r\n",), (OK + b"content-length: 9\r\n\r\n{",)])
async def test_an_answer_that_breaks_off_is_lost(client: HttpClient, parts: tuple[bytes, ...]) -> None:
    async with server(raw(*parts, close=True)) as (target, _):
        with pytest.raises(ConnectionLost):
            await client.post(target, b"{}", b"", later())


async def test_an_answer_without_end_is_cut(client: HttpClient) -> None:
    async with server(raw(OK + b"content-length: 2000\r\n\r\n", b"x" * 2000)) as (target, _):
        with pytest.raises(TooLarge):
            await client.post(target, b"{}", b"", later())


async def test_where_nobody_listens_nothing_is_sent(client: HttpClient) -> None:
    async with server(raw(LENGTH)) as (target, _):
        pass
    with pytest.raises(Unreachable):
        await client.post(target, b"{}", b"", later())


async def test_who_gives_up_leaves_no_half_answer_to_the_next(client: HttpClient) -> None:
    async def slow(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1 if b"slow" in request else 0)
        await raw(OK + b"content-length: 4\r\n\r\n" + request[-4:])(request, writer)

    async with server(slow) as (target, _):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await client.post(target, b"slow", b"", later())
        assert await client.post(target, b"fast", b"", later()) == (200, b"fast")


async def test_each_answer_is_waited_for_until_its_own_moment(client: HttpClient) -> None:
    async def late(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(float(request[-3:]))
        await raw(LENGTH)(request, writer)

    async def waited(seconds: float, answered_after: bytes) -> tuple[bool, float]:
        began, answered = asyncio.get_running_loop().time(), False
        try:
            await client.post(target, answered_after, b"", began + seconds)
            answered = True
        except TimeoutError:
            pass
        return answered, asyncio.get_running_loop().time() - began

    async with server(late) as (target, _):
        times = (0.3, b"0.9"), (0.1, b"0.9"), (9.0, b"0.2"), (9.0, b"0.0"), (0.2, b"0.9")
        found = await asyncio.gather(*(waited(*each) for each in times))
        assert [answered for answered, _ in found] == [False, False, True, True, False]
        (_, third), (_, first), _, _, (_, second) = found
        assert 0.09 < first < second < third < 0.9
        assert await client.post(target, b"0.0", b"", later()) == (200, b"{}")


async def test_a_connection_that_brings_more_than_was_asked_for_is_not_used_again(client: HttpClient) -> None:
    async with server(raw(LENGTH + LENGTH[:9])) as (target, counts):
        for _ in range(2):
            assert await client.post(target, b"{}", b"", later()) == (200, b"{}")
        assert counts == [1, 1]


def test_a_header_cannot_smuggle_in_another() -> None:
    with pytest.raises(ValueError, match="line break"):
        written({"authorization": "Bearer x\r\nhost: other"})


@pytest.mark.feature("F110")
async def test_a_subgraph_is_asked_over_tls_only_when_its_certificate_holds(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    client = HttpClient(largest=1000, tls=asking(ours.issue("gateway")))
    async with server(raw(LENGTH), ours.issue("sales")) as (target, counts):
        for _ in range(2):
            assert await client.post(target, b"{}", b"", later()) == (200, b"{}")
        assert counts == [2]
        plain = Target.of(f"http://127.0.0.1:{target.port}/graphql")
        with pytest.raises(ConnectionLost):
            await client.post(plain, b"{}", b"", later())
    for wrong in (theirs.issue("sales"), ours.issue("other", ("other.example.org",))):
        async with server(raw(LENGTH), wrong) as (target, _):
            with pytest.raises(Unreachable):
                await client.post(target, b"{}", b"", later())
    async with server(raw(LENGTH)) as (target, counts):
        with pytest.raises(Unreachable):
            await client.post(Target.of(f"https://127.0.0.1:{target.port}/graphql"), b"{}", b"", later())
        assert counts == [0]
    client.close()
