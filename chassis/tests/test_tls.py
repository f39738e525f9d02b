"""Encryption in transit: each way to talk works with certificates, and only with the right ones."""

import asyncio
import dataclasses
import logging
import shutil
import signal
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
import uvicorn
from fastapi import FastAPI
from grpc_health.v1 import health_pb2, health_pb2_grpc
from nats.aio.client import Client
from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.access import Principal, TokenVerifier, acting_as
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.messaging.connection import connect
from chassis.messaging.streams import check_durability
from chassis.rpc.client import Peers
from chassis.rpc.server import RpcServer
from chassis.testing import Issuer, eventually, settings
from chassis.tls import Tls, asking, listening
from deploy.local import nats as nats_server
from deploy.local import postgres as postgres_server
from deploy.local.certificates import Authority
from deploy.local.ports import free_port, free_ports
from deploy.local.program import Program
from deploy.local.supervisor import Supervisor

pytestmark = pytest.mark.feature("F110")

Wrong = pytest.mark.parametrize("wrong", ["other authority", "other name", "plain"])


class Certificates:
    """One server's certificate, and what right and wrong callers believe and show."""

    def __init__(self, folder: Path) -> None:
        authority, stranger = Authority(folder / "ours"), Authority(folder / "theirs")
        self.server = authority.issue("server")
        self.elsewhere = authority.issue("elsewhere", ("elsewhere.example.org",))
        self.caller = authority.issue("caller")
        self.stranger = stranger.issue("stranger")

    def served(self, wrong: str) -> Tls | None:
        """What a server listens with that is wrong in this way, seen by our caller."""
        kinds = {"other authority": self.stranger, "other name": self.elsewhere, "plain": None}
        return kinds[wrong]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


# --- HTTP ----------------------------------------------------------------------------------------


@asynccontextmanager
async def serving_http(tls: Tls | None) -> AsyncIterator[str]:
    app = FastAPI()
    app.get("/hello")(lambda: "hello")
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", **listening(tls))
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield f"://127.0.0.1:{port}/hello"
    server.should_exit = True
    await task


async def _get(url: str, tls: Tls | None) -> int:
    async with aiohttp.ClientSession() as http, http.get(url, ssl=asking(tls) or True) as answer:
        return answer.status


async def test_http_is_encrypted_and_a_plain_request_gets_nothing(certificates: Certificates) -> None:
    async with serving_http(certificates.server) as url:
        assert await _get(f"https{url}", certificates.caller) == 200
        with pytest.raises(aiohttp.ClientError):
            await _get(f"http{url}", None)


@Wrong
async def test_http_asks_no_server_that_it_cannot_check(certificates: Certificates, wrong: str) -> None:
    async with serving_http(certificates.served(wrong)) as url:
        with pytest.raises(aiohttp.ClientConnectionError):
            await _get(f"https{url}", certificates.caller)


async def test_tokens_are_checked_with_keys_fetched_over_tls(certificates: Certificates) -> None:
    issuer = Issuer()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.server.certificate, certificates.server.key)
    app = aiohttp.web.Application()
    app.router.add_get("/jwks.json", issuer._keys)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    issuer.url = f"https://127.0.0.1:{port}"
    try:
        named: dict[str, Any] = {"issuer": issuer.url, "jwks_url": issuer.jwks_url}
        assert (await TokenVerifier(**named, tls=certificates.caller).verify(issuer.token())).name == "Ada"
        with pytest.raises(Unavailable, match="issuer does not answer"):
            await TokenVerifier(**named, tls=certificates.stranger).verify(issuer.token())
    finally:
        await runner.cleanup()


# --- Rpcs ----------------------------------------------------------------------------------------


@asynccontextmanager
async def serving_rpcs(tls: Tls | None, issuer: Issuer) -> AsyncIterator[str]:
    given = _told(tls) if tls else {}
    server = RpcServer(settings(**given), issuer.verifier())
    await server.start()
    yield f"127.0.0.1:{server.port}"
    await server.stop(0)


def _told(tls: Tls) -> dict[str, Any]:
    named = {"tls_cert": tls.certificate, "tls_key": tls.key, "tls_ca": tls.authority}
    return {**named, "tls_client_ca": tls.client_authority}


async def _health(target: str, tls: Tls | None) -> int:
    peers = Peers({"alpha": target}, tls)
    try:
        with acting_as(Principal("employee", token="none")):
            stub = health_pb2_grpc.HealthStub(peers.channel("alpha"))
            answer = await stub.Check(health_pb2.HealthCheckRequest())
            status: int = answer.status
            return status
    finally:
        await peers.close()


async def test_rpcs_are_encrypted_and_a_plain_call_gets_nothing(
    certificates: Certificates, issuer: Issuer
) -> None:
    async with serving_rpcs(certificates.server, issuer) as target:
        assert await _health(target, certificates.caller) == 1
        with pytest.raises(Unavailable):
            await _health(target, None)


@Wrong
async def test_rpcs_ask_no_server_that_they_cannot_check(
    certificates: Certificates, issuer: Issuer, wrong: str
) -> None:
    async with serving_rpcs(certificates.served(wrong), issuer) as target:
        with pytest.raises(Unavailable):
            await _health(target, certificates.caller)


async def test_with_a_client_authority_rpcs_know_their_callers_by_certificate(
    certificates: Certificates, issuer: Issuer
) -> None:
    mutual = dataclasses.replace(certificates.server, client_authority=certificates.server.authority)
    unknown = dataclasses.replace(certificates.stranger, authority=certificates.server.authority)
    async with serving_rpcs(mutual, issuer) as target:
        assert await _health(target, certificates.caller) == 1
        with pytest.raises(Unavailable):
            await _health(target, unknown)
        credentials = grpc.ssl_channel_credentials(certificates.server.authority.read_bytes())
        async with grpc.aio.secure_channel(target, credentials) as nameless:
            stub = health_pb2_grpc.HealthStub(nameless)
            with pytest.raises(grpc.aio.AioRpcError):
                await stub.Check(health_pb2.HealthCheckRequest(), timeout=2)


async def test_renewed_certificates_are_used_without_a_restart_once_their_files_fit_together(
    tmp_path: Path, issuer: Issuer
) -> None:
    def issued(folder: str) -> tuple[Tls, Tls]:
        authority = Authority(tmp_path / folder)
        server, caller = authority.issue("server"), authority.issue("caller")
        return dataclasses.replace(server, client_authority=server.authority), caller

    def replace(*names: str) -> None:
        for name in names:
            shutil.copy(tmp_path / "new" / name, tmp_path / "used" / name)

    (server, caller), (_, renewed) = issued("used"), issued("new")
    async with serving_http(server) as url, serving_rpcs(server, issuer) as target:
        context, peers = asking(caller), Peers({"alpha": target}, caller)

        async def answers() -> bool:
            with acting_as(Principal("employee", token="none")):
                stub = health_pb2_grpc.HealthStub(peers.channel("alpha"))
                await stub.Check(health_pb2.HealthCheckRequest())
            assert await _health(target, caller) == 1  # which connects anew
            async with aiohttp.ClientSession() as http, http.get(f"https{url}", ssl=context or True) as got:
                return got.status == 200

        assert await answers()
        replace("server.pem")  # the key comes a moment later
        assert await answers()
        replace("server.key", "caller.pem", "caller.key", "ca.pem")
        assert await answers()
        assert await _get(f"https{url}", renewed) == 200  # who knows only the new authority
        assert await _health(target, renewed) == 1
        await peers.close()


# --- NATS ----------------------------------------------------------------------------------------


@asynccontextmanager
async def serving_nats(folder: Path, tls: Tls | None) -> AsyncIterator[nats_server.Nats]:
    port, monitor_port = free_ports(2)
    logins = {"alpha": "local"}
    program, server = nats_server.embedded(folder / "nats", port, monitor_port, logins, tls)
    if tls:  # the server's readiness is asked of its own authority, whatever its callers believe
        program = dataclasses.replace(program, ready=_anyhow(program))
    supervisor = Supervisor(folder)
    await supervisor.start(program)
    try:
        yield server
    finally:
        await supervisor.stop()


def _anyhow(program: Program) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        log = Path(program.folder).parent / "logs/nats.log"
        return "Server is ready" in log.read_text() or await program.ready()

    return ready


async def _connected(server: nats_server.Nats, tls: Tls | None, within: float) -> Client:
    return await asyncio.wait_for(connect(SecretStr(server.url("alpha")), asking(tls)), within)


async def test_events_travel_encrypted_and_nats_tells_its_configuration_so_too(
    tmp_path: Path, certificates: Certificates
) -> None:
    mutual = dataclasses.replace(certificates.server, client_authority=certificates.server.authority)
    async with serving_nats(tmp_path, mutual) as server:
        client = await _connected(server, certificates.caller, 5)
        assert client.is_connected
        await check_durability(server.monitor_url, asking(certificates.caller))
        await client.close()
        with pytest.raises(TimeoutError):
            await _connected(server, None, 1)
        unknown = dataclasses.replace(certificates.stranger, authority=certificates.server.authority)
        with pytest.raises(TimeoutError):
            await _connected(server, unknown, 1)


@pytest.mark.parametrize("wrong", ["other authority", "other name"])
async def test_no_nats_server_is_used_that_cannot_be_checked(
    tmp_path: Path, certificates: Certificates, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving_nats(tmp_path, certificates.served(wrong)) as server:
        with caplog.at_level(logging.WARNING), pytest.raises(TimeoutError):
            await _connected(server, certificates.caller, 1)
    assert "certificate verify failed" in caplog.text


async def test_a_server_that_does_not_encrypt_is_told_no_login(certificates: Certificates) -> None:
    heard: list[bytes] = []

    async def be_nats(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"headers":true}\r\n')
        while part := await reader.read(1000):
            heard.append(part)
        writer.close()

    async with await asyncio.start_server(be_nats, "127.0.0.1", 0) as listening_here:
        port = listening_here.sockets[0].getsockname()[1]
        server = nats_server.Nats(f"127.0.0.1:{port}", "", {"alpha": "local"})
        with pytest.raises(TimeoutError):
            await _connected(server, certificates.caller, 1)
    assert heard
    assert b"CONNECT" not in b"".join(heard)


# --- PostgreSQL ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def system_postgres() -> Path:
    """The programs of a PostgreSQL that was built with TLS; the packaged one is built without."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("PostgreSQL over TLS is not tested: no PostgreSQL with TLS is on this machine")
    return found[-1].parent


@asynccontextmanager
async def serving_postgres(folder: Path, binaries: Path, tls: Tls | None) -> AsyncIterator[str]:
    launch = dataclasses.replace(
        postgres_server._Launch.choose(folder / "postgres", "/tmp"), binaries=binaries
    )
    data, port = launch.home / "data", free_port()
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
    words = [*launch.prefix, str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
    subprocess.run(words, check=True, capture_output=True, user=launch.user)
    if tls:
        (data / "server.crt").write_bytes(tls.certificate.read_bytes())
        key = data / "server.key"
        key.write_bytes(tls.key.read_bytes())
        key.chmod(0o600)
        options.append("ssl=on")
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
    url = f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"

    async def ready() -> bool:
        done = subprocess.run(
            [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
        )
        return done.returncode == 0

    argv = [*launch.prefix, str(binaries / "postgres"), "-D", str(data)]
    argv += [word for option in options for word in ("-c", option)]
    program = Program("postgres", tuple(argv), ready, folder=launch.home, stop_signal=signal.SIGINT)
    supervisor = Supervisor(folder)
    await supervisor.start(dataclasses.replace(program, user=launch.user))
    try:
        yield url
    finally:
        await supervisor.stop()


def _secured(url: str, tls: Tls) -> str:
    """The URL as a service's settings make it when they name an authority."""
    return settings(database_url=url, **_told(tls)).database_url.get_secret_value()


async def _is_encrypted(url: str) -> list[bool]:
    """Whether the connections of reads and of transactions are."""
    encrypted = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    database = Database(url)
    try:
        async with database.transaction() as session:
            return [(await database.read(encrypted))[0][0], bool(await session.scalar(encrypted))]
    finally:
        await database.close()


async def test_reads_and_transactions_reach_the_database_encrypted_and_nobody_does_without(
    tmp_path: Path, system_postgres: Path, certificates: Certificates
) -> None:
    async with serving_postgres(tmp_path, system_postgres, certificates.server) as url:
        assert await _is_encrypted(_secured(url, certificates.caller)) == [True, True]
        with pytest.raises(DBAPIError, match="no encryption"):
            await _is_encrypted(f"{url}?sslmode=disable")


@Wrong
async def test_no_database_is_used_that_cannot_be_checked(
    tmp_path: Path, system_postgres: Path, certificates: Certificates, wrong: str
) -> None:
    async with serving_postgres(tmp_path, system_postgres, certificates.served(wrong)) as url:
        with pytest.raises(Unavailable):
            await _is_encrypted(_secured(url, certificates.caller))


# --- Settings ------------------------------------------------------------------------------------


def test_a_part_of_the_settings_is_refused_and_none_leaves_all_plain(certificates: Certificates) -> None:
    assert settings().tls is None
    told = _told(certificates.server)
    assert settings(**told).tls == certificates.server
    for missing in ("tls_cert", "tls_key", "tls_ca"):
        with pytest.raises(ValidationError, match="are given together"):
            settings(**{**told, missing: None})


def test_a_database_url_that_says_how_to_encrypt_is_left_as_it_is(certificates: Certificates) -> None:
    url = "postgresql+asyncpg://alpha:p%40ss@db/alpha"
    secured = _secured(url, certificates.server)
    assert secured.startswith(f"{url}?")
    assert "sslmode=verify-full" in secured
    assert _secured(f"{url}?sslmode=disable", certificates.server) == f"{url}?sslmode=disable"
