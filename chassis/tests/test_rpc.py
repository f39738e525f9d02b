"""Rpcs between services, over real sockets and with real tokens."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from joserfc.jwk import ECKey

from chassis import access, telemetry
from chassis.access import ANONYMOUS, Principal, TokenVerifier, acting_as
from chassis.access.rpc import granted
from chassis.audit.context import caused_by, origin
from chassis.errors import BY_CODE, DomainError, Unauthenticated, Unavailable
from chassis.rpc.client import Peers
from chassis.rpc.server import RpcServer
from chassis.testing import Issuer, settings

Answer = Callable[[bytes, Any], Awaitable[bytes]]
SERVICE = "roundel.alpha.v1.AlphaService"


class Alpha:
    """Stands for a servicer with its generated code: one answer for whatever method is called."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @granted("note", "read")
    async def GetNote(self, request: bytes, context: Any) -> bytes:
        """Answer."""
        return await self.answer(request, context)

    @granted("note", "write")
    async def WriteNote(self, request: bytes, context: Any) -> bytes:
        """Answer."""
        return await self.answer(request, context)

    @granted("note", "read")
    async def WatchNotes(self, request: bytes, context: Any) -> bytes:
        """Never asked, since streams are not served."""
        return await self.answer(request, context)

    @staticmethod
    def add_to_server(servicer: "Alpha", server: grpc.aio.Server) -> None:
        reading: Any = grpc.unary_unary_rpc_method_handler(servicer.GetNote)
        writing: Any = grpc.unary_unary_rpc_method_handler(servicer.WriteNote)
        streaming: Any = grpc.unary_stream_rpc_method_handler(servicer.WatchNotes)
        methods = {"GetNote": reading, "WriteNote": writing, "WatchNotes": streaming}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
        server.add_registered_method_handlers(SERVICE, methods)


@asynccontextmanager
async def serving(answer: Answer, issuer: Issuer, port: int = 0) -> AsyncIterator[RpcServer]:
    server = RpcServer(settings(grpc_port=port), issuer.verifier())
    server.add(Alpha.add_to_server, Alpha(answer))
    await server.start()
    yield server
    await server.stop(0)


@asynccontextmanager
async def peers_of(server: RpcServer) -> AsyncIterator[Peers]:
    peers = Peers({"alpha": f"127.0.0.1:{server.port}"})
    yield peers
    await peers.close()


async def call(peers: Peers, method: str = "GetNote", *, token: str | None, **given: Any) -> bytes:
    ask: Any = peers.channel("alpha").unary_unary(f"/{SERVICE}/{method}")
    with acting_as(Principal("employee", token=token)):
        answer: bytes = await ask(b"?", **given)
        return answer


async def who(_: bytes, __: Any) -> bytes:
    principal = access.current()
    return json.dumps([str(principal.id), principal.kind, sorted(principal.grants)]).encode()


async def test_the_answerer_knows_who_asks_by_the_token_of_the_asker(issuer: Issuer) -> None:
    token = issuer.token("note:read", kind="service")
    async with serving(who, issuer) as server, peers_of(server) as peers:
        told = json.loads(await call(peers, token=token))
    assert told == [str((await issuer.verifier().verify(token)).id), "service", ["note:read"]]
    assert access.current() == ANONYMOUS


@pytest.mark.feature("F109")
async def test_the_cause_of_a_change_travels_with_the_call(issuer: Issuer) -> None:
    async def why(_: bytes, __: Any) -> bytes:
        return json.dumps([origin().channel, origin().cause]).encode()

    token = issuer.token("note:read")
    async with serving(why, issuer) as server, peers_of(server) as peers:
        with caused_by("规则 1"):
            assert json.loads(await call(peers, token=token)) == ["rpc", "规则 1"]
        assert json.loads(await call(peers, token=token)) == ["rpc", None]


@pytest.mark.parametrize("wrong", ["none", "expired", "foreign key", "other issuer", "garbage"])
async def test_a_token_that_does_not_hold_is_refused(issuer: Issuer, wrong: str) -> None:
    tokens = {
        "none": None,
        "expired": issuer.token(expires_in=-5),
        "foreign key": issuer.token(key=ECKey.generate_key("P-256", auto_kid=True)),
        "other issuer": Issuer(key=issuer.key, url="http://elsewhere").token(),
        "garbage": "garbage",
    }
    async with serving(who, issuer) as server, peers_of(server) as peers:
        with pytest.raises(Unauthenticated):
            await call(peers, token=tokens[wrong])


async def test_without_the_issuer_no_token_is_believed_and_the_caller_may_try_again(issuer: Issuer) -> None:
    server = RpcServer(settings(), TokenVerifier(issuer=issuer.url, jwks_url="http://127.0.0.1:9/"))
    server.add(Alpha.add_to_server, Alpha(who))
    await server.start()
    async with peers_of(server) as peers:
        with pytest.raises(Unavailable, match="issuer does not answer"):
            await call(peers, token=issuer.token("note:*"))
    await server.stop(0)


@pytest.mark.parametrize("kind", BY_CODE.values())
async def test_a_refusal_arrives_as_it_was_raised(issuer: Issuer, kind: type[DomainError]) -> None:
    async def refuse(_: bytes, __: Any) -> bytes:
        raise kind("Notiz 张 is not there", path=("input", "lines", 2), currentVersion=7)

    async with serving(refuse, issuer) as server, peers_of(server) as peers:
        with pytest.raises(kind) as caught:
            await call(peers, "WriteNote", token=issuer.token("note:*"))
    assert caught.value.message == "Notiz 张 is not there"
    assert caught.value.path == ("input", "lines", 2)
    assert caught.value.facts == {"currentVersion": 7}
    assert isinstance(caught.value.__cause__, grpc.aio.AioRpcError)


async def test_a_defect_over_there_tells_no_details(issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: bytes, __: Any) -> bytes:
        raise RuntimeError("secret")

    async with serving(fail, issuer) as server, peers_of(server) as peers:
        with pytest.raises(Unavailable, match=r"alpha does not answer \(internal\)") as caught:
            await call(peers, token=issuer.token("note:*"))
    assert "secret" not in str(caught.value.__cause__)
    assert "secret" in caplog.text


async def test_an_answer_that_takes_too_long_is_given_up_at_both_ends(issuer: Issuer) -> None:
    given_up = asyncio.Event()

    async def sleep(_: bytes, __: Any) -> bytes:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            given_up.set()
            raise
        return b""

    async with serving(sleep, issuer) as server, peers_of(server) as peers:
        started = time.monotonic()
        with pytest.raises(Unavailable, match=r"deadline exceeded"):
            await call(peers, token=issuer.token("note:*"), timeout=0.3)
        assert time.monotonic() - started < 1
        await asyncio.wait_for(given_up.wait(), 2)


async def test_a_call_has_two_seconds_and_one_inside_another_has_less_than_that_has_left(
    issuer: Issuer,
) -> None:
    seen: list[float] = []

    async def note_time(_: bytes, context: Any) -> bytes:
        seen.append(context.time_remaining())
        return b""

    async with serving(note_time, issuer) as last, peers_of(last) as next_peers:

        async def forward(_: bytes, context: Any) -> bytes:
            seen.append(context.time_remaining())
            ask: Any = next_peers.channel("alpha").unary_unary(f"/{SERVICE}/GetNote")
            answer: bytes = await ask(b"?")
            return answer

        async with serving(forward, issuer) as first, peers_of(first) as peers:
            await call(peers, token=issuer.token("note:*"))
            await call(peers, token=issuer.token("note:*"), timeout=0.5)
    assert seen == pytest.approx([2, 1.95, 0.5, 0.45], abs=0.04)


@pytest.mark.parametrize(("method", "calls"), [("GetNote", 3), ("WriteNote", 1)])
async def test_only_reads_are_asked_again_when_the_other_is_unavailable(
    issuer: Issuer, method: str, calls: int
) -> None:
    count = 0

    async def busy(_: bytes, __: Any) -> bytes:
        nonlocal count
        count += 1
        raise Unavailable("Busy")

    async with serving(busy, issuer) as server, peers_of(server) as peers:
        with pytest.raises(Unavailable, match="Busy"):
            await call(peers, method, token=issuer.token("note:*"))
    assert count == calls


async def test_a_read_outlasts_a_short_absence_of_the_other_service(issuer: Issuer) -> None:
    async def answer(_: bytes, __: Any) -> bytes:
        return b"!"

    async with serving(answer, issuer) as server, peers_of(server) as peers:
        await call(peers, token=issuer.token("note:*"))
        await server.stop(0)
        with pytest.raises(Unavailable, match="alpha does not answer"):
            await call(peers, token=issuer.token("note:*"))
        reading = asyncio.create_task(call(peers, token=issuer.token("note:*")))
        await asyncio.sleep(0.1)
        async with serving(answer, issuer, port=server.port):
            assert await reading == b"!"


async def test_a_stop_finishes_what_was_begun_and_takes_nothing_new(issuer: Issuer) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slowly(_: bytes, __: Any) -> bytes:
        begun.set()
        await finish.wait()
        return b"done"

    async with serving(slowly, issuer) as server, peers_of(server) as peers:
        last = asyncio.create_task(call(peers, "WriteNote", token=issuer.token("note:*")))
        await begun.wait()
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.1)
        with pytest.raises(Unavailable):
            await call(peers, "WriteNote", token=issuer.token("note:*"))
        finish.set()
        assert await last == b"done"
        await asyncio.wait_for(stopping, 2)


async def test_health_and_reflection_need_no_token_and_streams_are_not_served(issuer: Issuer) -> None:
    async with (
        serving(who, issuer) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        assert (await health.Check(health_pb2.HealthCheckRequest())).status == 1
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        reflect = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]))
        names = [service.name async for one in reflect for service in one.list_services_response.service]
        assert SERVICE in names
        watch: Any = channel.unary_stream(f"/{SERVICE}/WatchNotes")
        with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
            await anext(aiter(watch(b"?")))


async def test_one_trace_crosses_the_call(issuer: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "spans"
    telemetry.start("alpha", settings(trace_file=file, trace_sampling=1))
    try:
        async with serving(who, issuer) as server, peers_of(server) as peers:
            with telemetry.span("request"):
                await call(peers, token=issuer.token("note:*"))
    finally:
        telemetry.shutdown()
    answered, asked, request = (json.loads(line) for line in file.read_text().splitlines())
    assert [answered["kind"], asked["kind"]] == ["SpanKind.SERVER", "SpanKind.CLIENT"]
    assert answered["name"] == asked["name"] == f"{SERVICE}/GetNote"
    assert answered["parent_id"] == asked["context"]["span_id"]
    assert asked["parent_id"] == request["context"]["span_id"]
    assert answered["context"]["trace_id"] == request["context"]["trace_id"]


async def test_a_peer_without_an_address_is_unavailable_and_says_where_to_set_it() -> None:
    with pytest.raises(Unavailable, match="ROUNDEL_PEERS"):
        Peers({}).channel("finance")
