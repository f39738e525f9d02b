"""`roundel export`: lists into files."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from roundel_cli.exporting.run import LISTS, chosen, export
from roundel_cli.graph import Graph, GraphError

SCHEMA = Path(__file__).parents[2] / "gateway/schema.graphql"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A graph that exports leads, forbids products and breaks off at tickets."""

    async def answer(request: web.Request) -> web.Response:
        query = (await request.json())["query"]
        if "exportProducts" in query:
            refusal = {"message": "Ada may not export product", "extensions": {"code": "FORBIDDEN"}}
            return web.json_response({"errors": [refusal]})
        name = "exportTickets" if "exportTickets" in query else "exportLeads"
        return web.json_response({"data": {name: {"path": f"/exports/sales/{name}"}}})

    async def give(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"content-length": "8"})
        await reply.prepare(request)
        await reply.write(b"company\n"[: 4 if "Tickets" in request.path else 8])
        if "Tickets" in request.path and request.transport:
            request.transport.abort()
        return reply

    app = web.Application()
    app.router.add_post("/graphql", answer)
    app.router.add_get("/exports/sales/{name}", give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/graphql"
    await runner.cleanup()


@pytest.mark.feature("F24")
async def test_lists_are_written_into_files_and_what_is_forbidden_is_told(url: str, tmp_path: Path) -> None:
    async with Graph(url, "token") as graph:
        leads, products = await export(graph, url, ["leads", "products"], tmp_path, "csv")

    assert (tmp_path / "leads.csv").read_text() == "company\n"
    assert (leads.bytes, products.refused) == (8, "Ada may not export product")
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


async def test_a_file_that_broke_off_is_not_left_behind(url: str, tmp_path: Path) -> None:
    async with Graph(url, "token") as graph:
        with pytest.raises(GraphError):
            await export(graph, url, ["tickets"], tmp_path, "csv")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.feature("F24")
def test_all_means_every_list_that_the_graph_exports() -> None:
    mutations = re.findall(r"^  export([A-Za-z]+)\(input", SCHEMA.read_text(), re.M)
    assert sorted(LISTS) == sorted(f"{name[0].lower()}{name[1:]}" for name in mutations)
    assert chosen([], all=True) == LISTS


def test_an_unknown_list_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="There is no list leds; there are"):
        chosen(["leds"], all=False)
    with pytest.raises(ValueError, match="Name a list"):
        chosen([], all=False)
