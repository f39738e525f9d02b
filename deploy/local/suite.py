"""The whole system on one machine: PostgreSQL, NATS, nine services, the gateway."""

import base64
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from chassis.tls import Tls, asking
from deploy.local import nats, postgres
from deploy.local.certificates import Authority
from deploy.local.nats import Nats
from deploy.local.passwords import Passwords
from deploy.local.ports import free_ports, is_free
from deploy.local.postgres import Postgres
from deploy.local.program import Program, answers
from deploy.local.supervisor import Supervisor
from deploy.local.warm import Warm

ROOT = Path(__file__).resolve().parents[2]
SERVICES = (
    "identity",
    "customer",
    "marketing",
    "sales",
    "project",
    "service_desk",
    "finance",
    "automation",
    "insight",
)
ADMINISTRATOR = "admin@roundel.local"
_GRAPH_PORT = 4000


class Suite:
    """One running system, with everything it keeps in the folder `var`; several run side by side.

    With `tls` all talk is encrypted but that with the packaged PostgreSQL, which is built without.
    """

    def __init__(
        self,
        var: Path,
        *,
        durable: bool = True,
        tls: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.var = var.resolve()
        self._durable = durable
        self._environment = environment or {}
        self._passwords = Passwords(self.var / "secrets.json")
        self._authority = Authority(self.var / "tls") if tls else None
        self._scheme = "https" if tls else "http"
        self.tls = asking(self._certificate("operator"))  # how whoever asks this suite checks it
        self._supervisor = Supervisor(self.var, Warm("chassis.main"))
        ports = free_ports(2 * len(SERVICES) + 4)
        self._postgres_port, self._nats_port, self._monitor_port, spare = ports[:4]
        self._http = dict(zip(SERVICES, ports[4::2], strict=True))
        self._grpc = dict(zip(SERVICES, ports[5::2], strict=True))
        self._graph_port = _GRAPH_PORT if durable and is_free(_GRAPH_PORT) else spare
        self.graph = f"{self._scheme}://127.0.0.1:{self._graph_port}/graphql"
        self.administrator_password = self._passwords.of("administrator")
        self.postgres: Postgres
        self.nats: Nats

    async def start(self) -> None:
        """Starts everything and returns when the gateway serves."""
        await self.start_servers()
        await self.start_services()

    async def start_servers(self) -> None:
        """Starts PostgreSQL and NATS, with a database for every service: all that a restore needs."""
        await self._start_servers()
        told = {name: await self._service_environment(name) for name in SERVICES}
        self._services = [self._program(name, ("all",), told[name], self._http[name]) for name in SERVICES]
        self._describe()

    async def start_services(self) -> None:
        """Starts the services and the gateway on the servers that run."""
        await self._supervisor.start(*self._services)
        await self._supervisor.start(self._gateway())

    async def stop(self) -> None:
        """Stops everything in reverse order."""
        await self._supervisor.stop()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def kill(self, name: str) -> None:
        """Ends a service, "gateway", "postgres" or "nats" as a crash would; the supervisor restarts it."""
        self._supervisor.kill(name)

    async def ready(self, name: str) -> None:
        """Returns when the program is ready again."""
        await self._supervisor.ready(name)

    async def stop_one(self, name: str) -> None:
        """Stops one program and leaves it stopped."""
        await self._supervisor.stop_one(name)

    async def start_one(self, name: str) -> None:
        """Starts, or restarts, one program and returns when it is ready."""
        await self._supervisor.start_one(name)

    def pid(self, name: str) -> int:
        """The process id of a running program."""
        return self._supervisor.pid(name)

    def service_url(self, name: str) -> str:
        """Where one service serves HTTP."""
        return f"{self._scheme}://127.0.0.1:{self._http[name]}"

    def service_urls(self) -> dict[str, str]:
        """Where every service serves HTTP, by name."""
        return {name: self.service_url(name) for name in SERVICES}

    @property
    def authority(self) -> str | None:
        """The file of the authority that signed this suite's certificates, None where all is plain."""
        return str(self._authority.certificate) if self._authority else None

    @property
    def master_keys(self) -> str:
        """The key that wraps the services' own keys."""
        secret = hashlib.sha256(self._passwords.of("master-key").encode()).digest()
        return f"local:{base64.b64encode(secret).decode()}"

    def database_url(self, name: str) -> str:
        """How one service reaches its database."""
        return self.postgres.database_url(name, self._passwords.of(f"postgres/{name}"))

    async def _start_servers(self) -> None:
        servers: list[Program] = []
        if url := os.environ.get("PG_URL"):
            self.postgres = Postgres(url)
        else:
            password = self._passwords.of("postgres/postgres")
            program, self.postgres = postgres.embedded(
                self.var / "postgres", self._postgres_port, password, durable=self._durable
            )
            if self._authority:
                self.postgres = replace(self.postgres, url=f"{self.postgres.url}?sslmode=disable")
            servers.append(program)
        logins = {name: self._passwords.of(f"nats/{name}") for name in (*SERVICES, nats.GATEWAY)}
        if url := os.environ.get("NATS_URL"):
            self.nats = nats.external(url, os.environ["NATS_MONITOR_URL"], logins)
        else:
            ports = self._nats_port, self._monitor_port
            program, self.nats = nats.embedded(self.var / "nats", *ports, logins, self._certificate("nats"))
            servers.append(program)
        await self._supervisor.start(*servers)

    def _describe(self) -> None:
        """Tells `roundel backup` and `restore` how the services are commanded."""
        told = {
            program.name: {
                "command": (sys.executable, "-m", "chassis.backups", program.name),
                "environment": program.environment,
            }
            for program in self._services
        }
        file = self.var / "installation.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"services": told}, indent=2))

    async def _service_environment(self, name: str) -> dict[str, str]:
        database_url = await self.postgres.create_database(name, self._passwords.of(f"postgres/{name}"))
        environment = {
            "ROUNDEL_MASTER_KEYS": self.master_keys,
            "ROUNDEL_FILES": f"file://{(self.var / 'files' / name).resolve()}",
            "ROUNDEL_HTTP_PORT": str(self._http[name]),
            "ROUNDEL_GRPC_PORT": str(self._grpc[name]),
            "ROUNDEL_DATABASE_URL": database_url,
            "ROUNDEL_NATS_URL": self.nats.url(name),
            "ROUNDEL_NATS_MONITOR_URL": self.nats.monitor_url,
            "ROUNDEL_PEERS": json.dumps({peer: f"127.0.0.1:{port}" for peer, port in self._grpc.items()}),
        }
        if name == "identity":
            environment |= {
                "ROUNDEL_ADMIN_EMAIL": ADMINISTRATOR,
                "ROUNDEL_ADMIN_PASSWORD": self.administrator_password,
                "ROUNDEL_KEY_ENCRYPTION_SECRET": self._passwords.of("identity/key-encryption"),
            }
        return environment

    def _gateway(self) -> Program:
        subgraphs = {name: f"{self.service_url(name)}/graphql" for name in SERVICES}
        environment = {
            "ROUNDEL_HTTP_PORT": str(self._graph_port),
            "ROUNDEL_TRUSTED_PROXIES": "[]",
            "ROUNDEL_SUBGRAPHS": json.dumps(subgraphs),
            "ROUNDEL_NATS_URL": self.nats.url(nats.GATEWAY),
        }
        return self._program("gateway", ("serve",), environment, self._graph_port)

    def _program(
        self, name: str, words: tuple[str, ...], environment: Mapping[str, str], port: int
    ) -> Program:
        async def is_ready() -> bool:
            return await answers(f"{self._scheme}://127.0.0.1:{port}/health/ready", self.tls)

        common = {
            "PYTHONDONTWRITEBYTECODE": "",  # compiled once, ten processes start in half the time
            "ROUNDEL_ENVIRONMENT": "local",
            "ROUNDEL_HOST": "127.0.0.1",
            "ROUNDEL_TRUSTED_PROXIES": '["127.0.0.1"]',  # of a service: the gateway
            "ROUNDEL_ISSUER": self.service_url("identity"),
            "ROUNDEL_JWKS_URL": f"{self.service_url('identity')}/jwks.json",
        }
        return Program(
            name,
            (sys.executable, "-m", name, *words),
            ready=is_ready,
            environment={**common, **_told(self._certificate(name)), **environment, **self._environment},
            folder=ROOT,
            warm=True,
        )

    def _certificate(self, name: str) -> Tls | None:
        """A new one for each start; callers of rpcs and of NATS must have one too."""
        if self._authority is None:
            return None
        return replace(self._authority.issue(name), client_authority=self._authority.certificate)


def _told(tls: Tls | None) -> dict[str, str]:
    if tls is None:
        return {}
    return {
        "ROUNDEL_TLS_CERT": str(tls.certificate),
        "ROUNDEL_TLS_KEY": str(tls.key),
        "ROUNDEL_TLS_CA": str(tls.authority),
        "ROUNDEL_TLS_CLIENT_CA": str(tls.client_authority),
    }
