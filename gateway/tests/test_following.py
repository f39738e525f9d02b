"""Following the services' events through outages."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from chassis.messaging.connection import connect
from chassis.messaging.streams import ensure_stream
from deploy.local import nats as nats_server
from deploy.local.ports import free_port
from deploy.local.supervisor import Supervisor
from gateway.settings import Settings
from gateway.tests.live_events import ALPHA, OPENED, Live

MOVED = "subscription { caseMoved { id } }"


async def test_a_subscriber_misses_nothing_while_nats_restarts_and_streams_are_made(
    graph: Any, world_type: Any, tmp_path: Path
) -> None:
    logins = dict.fromkeys(("alpha", "gateway"), "local")
    program, server = nats_server.embedded(tmp_path, free_port(), free_port(), logins)
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program)
    cases = {str(number): {"__typename": "Case", "id": str(number), "title": "-"} for number in range(9)}
    settings = Settings(environment="local", nats_url=SecretStr(server.url("gateway")))
    started = await graph(world_type(roots={}, entities={"Case": cases}), settings=settings, alpha=ALPHA)
    alpha = await connect(SecretStr(server.url("alpha")))
    live = Live(started, None, alpha)
    try:
        async with live.reading(MOVED) as reader:
            await ensure_stream(alpha.jetstream(), "alpha")
            await live.tell(OPENED, "1")
            assert (await reader.data())["caseMoved"]["id"] == "1"
            supervisor.kill("nats")
            await supervisor.ready("nats")
            await live.tell(OPENED, "2")
            assert (await reader.data())["caseMoved"]["id"] == "2"
    finally:
        await alpha.close()
        await supervisor.stop()
