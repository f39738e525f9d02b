"""Files on their way through the gateway: streamed, checked, bounded."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from gateway.serving import passing
from gateway.settings import Settings
from gateway.tests.conftest import served

SDL = "type Query { customer: Int }"
MEGABYTE = b"x" * 1_000_000


@pytest.fixture(scope="module")
async def keeper() -> AsyncIterator[str]:
    """A service that keeps files; tells what it was sent."""
    app = web.Application(client_max_size=0)

    async def receive(request: web.Request) -> web.Response:
        size = 0
        async for block in request.content.iter_any():
            size += len(block)
        told = {
            "size": size,
            "query": request.rel_url.raw_query_string,
            "by": request.headers.get("authorization", ""),
        }
        return web.json_response(told, status=201)

    async def give(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"content-disposition": 'attachment; filename="a.csv"'})
        await answer.prepare(request)
        for _ in range(6):
            await answer.write(MEGABYTE)
        if request.match_info["name"] == "broken":
            assert request.transport is not None
            request.transport.abort()
        return answer

    app.router.add_post("/imports", receive)
    app.router.add_get("/exports/{name}", give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/graphql"
    await runner.cleanup()


@pytest.fixture(scope="module")
async def gateway(graph: Any, world_type: Any, issuer: Any, keeper: str) -> AsyncIterator[str]:
    """A gateway before that service."""
    settings = Settings(environment="production", issuer=issuer.name, jwks_url=issuer.url)
    built = await graph(
        world_type(roots={"Query": {"customer": 1}}), settings=settings, is_open=False, customer=SDL
    )
    given = settings.model_copy(update={"subgraphs": {"customer": keeper}})
    async with served(built.supergraph, given, False) as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


async def test_a_large_file_reaches_its_service_with_the_token(gateway: str, http: Any, issuer: Any) -> None:
    bearer = issuer.bearer()
    url = f"{gateway}/imports/customer?name=a%20b.csv"
    async with http.post(url, data=MEGABYTE * 9, headers=bearer) as answer:
        assert answer.status == 201
        told = await answer.json()
    assert (told["size"], told["query"]) == (9_000_000, "name=a%20b.csv")
    assert told["by"] in bearer.values()


async def test_an_export_is_streamed_to_who_has_the_link(gateway: str, http: Any) -> None:
    async with http.get(f"{gateway}/exports/customer/secret") as answer:
        assert answer.headers["content-disposition"] == 'attachment; filename="a.csv"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(await answer.read()) == 6_000_000


async def test_a_stranger_sends_no_files_and_a_bad_token_gets_none(gateway: str, http: Any) -> None:
    async with http.post(f"{gateway}/imports/customer", data=b"a") as answer:
        assert (answer.status, (await answer.json())["errors"][0]["extensions"]["code"]) == (
            401,
            "UNAUTHENTICATED",
        )
    async with http.get(f"{gateway}/exports/customer/x", headers={"authorization": "Bearer x"}) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    "path", ["/imports/nobody", "/imports", "/files/customer/../graphql", "/exports/customer/%2e%2e/x"]
)
async def test_only_files_of_known_services_are_reached(gateway: str, http: Any, path: str) -> None:
    async with http.get(URL(gateway + path, encoded=True)) as answer:
        assert answer.status in (404, 405)


async def test_other_methods_are_refused(gateway: str, http: Any, issuer: Any) -> None:
    async with http.put(f"{gateway}/imports/customer", data=b"a", headers=issuer.bearer()) as answer:
        assert answer.status == 405


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    gateway: str, http: Any, issuer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "LARGEST", 1_000)
    async with http.post(f"{gateway}/imports/customer", data=b"a" * 1_001, headers=issuer.bearer()) as answer:
        assert (answer.status, (await answer.json())["errors"][0]["extensions"]["code"]) == (413, "LIMIT")


async def test_an_answer_that_breaks_off_does_not_look_whole(gateway: str, http: Any) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        async with http.get(f"{gateway}/exports/customer/broken") as answer:
            await answer.read()
