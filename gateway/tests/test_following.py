"""Following the services' events through outages."""

import json
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from pydantic import SecretStr

from chassis.messaging.connection import connect
from chassis.messaging.streams import ensure_stream
from deploy.local import nats as nats_server
from deploy.local.nats import Nats
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


async def test_the_gateways_login_can_read_events_and_change_nothing(nats: Nats, alpha: Client) -> None:
    service = ConsumerConfig(durable_name="beta", name="beta", ack_policy=AckPolicy.EXPLICIT)
    await alpha.jetstream().add_consumer("alpha", service.evolve(durable_name="alpha", name="alpha"))
    gateway = await connect(SecretStr(nats.url("gateway")))
    stream = gateway.jetstream(timeout=0.3)
    try:
        assert (await stream.stream_info("alpha")).config.name == "alpha"
        for forbidden in (
            stream.publish(OPENED, b"{}"),
            stream.add_consumer("alpha", service),
            stream.delete_consumer("alpha", "alpha"),
            stream.purge_stream("alpha"),
        ):
            with pytest.raises(TimeoutError):  # NATS does not answer what it refuses
                await forbidden
        for name in ({"durable_name": "alpha"}, {"name": "alpha"}):
            config = {**name, "ack_policy": "none", "deliver_subject": "_INBOX.mine"}
            request = json.dumps({"stream_name": "alpha", "config": config}).encode()
            answer = await gateway.request("$JS.API.CONSUMER.CREATE.alpha", request, timeout=2)
            assert "error" in json.loads(answer.data), "a service's consumer cannot be taken over"
    finally:
        await gateway.close()
        await alpha.jetstream().delete_consumer("alpha", "alpha")
