"""The supergraph is replaced while requests run."""

import asyncio
import dataclasses
import gc
import os
import signal
import weakref
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chassis.testing import eventually
from gateway.engine import Engine
from gateway.planning.limits import Limits
from gateway.planning.trust import as_text, manifest_of
from gateway.planning.trusted import Manifest
from gateway.serving.reload import Engines, Files, freeze

OLD = "type Query { signs: Int slow: Int }"
GRAPHS = 'enum join__Graph { A @join__graph(name: "a", url: "http://a.example") } '
BROKEN = ("type Query {", "type Query { a: Int }", GRAPHS + "type Query { a: Nowhere }")
NEW = "type Query { signs: Int slow: Int moons: Int }"


@pytest.fixture(scope="module")
async def graphs(graph: Any, world_type: Any) -> Any:
    world = world_type(roots={"Query": {"signs": 3, "moons": 2, "slow": 1}})
    return await graph(world, customer=OLD), await graph(world, customer=NEW)


@pytest.fixture
def ask(graphs: Any, tmp_path: Path) -> Any:
    """A graph whose file knows less than its subgraph; what it may learn is `new`."""
    old, new = graphs
    for subgraph in new.subgraphs.values():
        subgraph.requests.clear()
        subgraph.misbehave = None
    file = tmp_path / "supergraph.graphql"
    file.write_text(old.supergraph.read_text())
    found = dataclasses.replace(new, supergraph=file)
    found.new = new.supergraph.read_text()
    return found


async def manifest(folder: Path, supergraph: str, text: str = "{ signs }") -> str:
    """A manifest of one document."""
    folder.mkdir(exist_ok=True)
    (folder / "only.graphql").write_text(text)
    return as_text(await manifest_of(folder, supergraph))


def replace(file: Path, text: str) -> None:
    """Put another file in the place of one, as a deployment does."""
    other = file.with_suffix(".new")
    other.write_text(text)
    other.replace(file)


async def loaded(gateway: Any, outcome: str, count: int = 1) -> None:
    async def counted() -> bool:
        found: float = await gateway.figure(f'gateway_reloads_total{{outcome="{outcome}"}}')
        return found == count

    await eventually(counted)


async def test_no_request_fails_while_the_supergraph_is_replaced_under_load(
    ask: Any, own_process: Any
) -> None:
    async with own_process(ask) as gateway:
        [old] = gateway.planners()
        assert (await gateway.post({"query": "{ moons }"}))[0] == 400
        stop = asyncio.Event()

        async def ask_on(number: int) -> int:
            asked = 0
            while not stop.is_set():
                query = "{ signs }" if number % 2 else f"{{ a{number}_{asked % 50}: signs }}"
                status, answer = await gateway.post({"query": query})
                assert (status, list(answer["data"].values())) == (200, [3])
                asked += 1
            return asked

        async with asyncio.TaskGroup() as tasks:
            asking = [tasks.create_task(ask_on(number)) for number in range(6)]
            for count, text in enumerate((ask.new, ask.supergraph.read_text(), ask.new), start=1):
                replace(ask.supergraph, text)
                gateway.child.send_signal(signal.SIGHUP)
                await loaded(gateway, "done", count)
            stop.set()
        assert min(task.result() for task in asking) > 3
        assert await gateway.post({"query": "{ moons }"}) == (200, {"data": {"moons": 2}})
        await eventually(lambda: len(gateway.planners()) == 1 and gateway.planners() != [old])


async def test_a_request_under_way_finishes_on_what_it_began_with(ask: Any, own_process: Any) -> None:
    release = asyncio.Event()
    [subgraph] = ask.subgraphs.values()

    async def slowly(request: web.Request) -> web.StreamResponse:
        if "slow" in (await request.json())["query"]:
            await release.wait()
        return web.json_response({"data": {"slow": 1, "moons": 2}})

    subgraph.misbehave = slowly
    async with own_process(ask) as gateway:
        slow = asyncio.create_task(gateway.post({"query": "{ slow }"}))
        await eventually(lambda: subgraph.requests)
        replace(ask.supergraph, ask.new)
        gateway.child.send_signal(signal.SIGHUP)
        await loaded(gateway, "done")
        assert await gateway.post({"query": "{ moons }"}) == (200, {"data": {"moons": 2}})
        assert not slow.done()
        release.set()
        assert await slow == (200, {"data": {"slow": 1}})


async def test_a_broken_supergraph_is_refused_and_the_old_one_stays(ask: Any, own_process: Any) -> None:
    async with own_process(ask) as gateway:
        for count, broken in enumerate(BROKEN, start=1):
            replace(ask.supergraph, broken)
            gateway.child.send_signal(signal.SIGHUP)
            await loaded(gateway, "refused", count)
            assert await gateway.post({"query": "{ signs }"}) == (200, {"data": {"signs": 3}})
        gateway.kill_planner()
        assert await gateway.post({"query": "{ again: signs }"}) == (200, {"data": {"again": 3}})
        ask.supergraph.unlink()
        gateway.child.send_signal(signal.SIGHUP)
        await loaded(gateway, "refused", 4)
        replace(ask.supergraph, ask.new)
        gateway.child.send_signal(signal.SIGHUP)
        await loaded(gateway, "done")
        assert await gateway.post({"query": "{ moons }"}) == (200, {"data": {"moons": 2}})


async def test_files_that_a_link_is_turned_away_from_are_noticed_without_a_signal(
    ask: Any, own_process: Any, tmp_path: Path
) -> None:
    """As where a cluster mounts them: one link decides for the supergraph and its manifest."""
    for name, sdl, text in (("1", ask.supergraph.read_text(), "{ signs }"), ("2", ask.new, "{ moons }")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "supergraph.graphql").write_text(sdl)
        (tmp_path / name / "trusted.json").write_text(await manifest(tmp_path / "documents", sdl, text))
    link = tmp_path / "data"
    link.symlink_to("1")
    ask.supergraph = link / "supergraph.graphql"
    told = {"ROUNDEL_TRUSTED": str(link / "trusted.json"), "ROUNDEL_ADMIT": "trusted"}
    async with own_process(ask, **told) as gateway:
        assert await gateway.post({"query": "{ signs }"}) == (200, {"data": {"signs": 3}})
        assert (await gateway.post({"query": "{ moons }"}))[0] == 403
        (tmp_path / "turned").symlink_to("2")
        (tmp_path / "turned").replace(link)
        await loaded(gateway, "done")
        assert await gateway.post({"query": "{ moons }"}) == (200, {"data": {"moons": 2}})
        assert (await gateway.post({"query": "{ signs }"}))[0] == 403


async def test_a_supergraph_without_its_manifest_waits_for_it(
    ask: Any, own_process: Any, tmp_path: Path
) -> None:
    file = tmp_path / "trusted.json"
    file.write_text(await manifest(tmp_path / "documents", ask.supergraph.read_text()))
    async with own_process(ask, ROUNDEL_TRUSTED=str(file), ROUNDEL_ADMIT="trusted") as gateway:
        replace(ask.supergraph, ask.new)
        gateway.child.send_signal(signal.SIGHUP)
        await loaded(gateway, "refused")
        assert await gateway.post({"query": "{ signs }"}) == (200, {"data": {"signs": 3}})
        replace(file, await manifest(tmp_path / "documents", ask.new))
        gateway.child.send_signal(signal.SIGHUP)
        await loaded(gateway, "done")
        assert await gateway.post({"query": "{ signs }"}) == (200, {"data": {"signs": 3}})


async def test_the_old_graph_is_forgotten(ask: Any) -> None:
    def build(sdl: str, trusted: Manifest | None) -> Engine:
        return Engine(sdl, trusted, limits=Limits(), seconds=1, secretive=False)

    engines = Engines(Files(ask.supergraph), build, {}, drain_seconds=1, told=lambda _: None, settled=freeze)
    await engines.start()
    try:
        with engines.lent() as engine:
            old = weakref.ref(engine)
        del engine
        replace(ask.supergraph, ask.new)
        os.kill(os.getpid(), signal.SIGHUP)
        await eventually(lambda: old() is None)
        assert gc.get_freeze_count() > 0
    finally:
        await engines.stop()
