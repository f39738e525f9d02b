"""NATS with JetStream from its Python package; or any server named by NATS_URL."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from chassis.tls import Tls, asking
from deploy.local.program import Program, answers

GATEWAY = "gateway"


@dataclass(frozen=True)
class Nats:
    """A NATS server as its clients see it."""

    address: str
    monitor_url: str
    passwords: Mapping[str, str]

    def url(self, login: str) -> str:
        """The URL with which `login`, a service, reaches the server."""
        return f"nats://{login}:{quote(self.passwords[login])}@{self.address}"


def external(url: str, monitor_url: str, passwords: Mapping[str, str]) -> Nats:
    """A server of the house, on which every service has its login."""
    server = urlsplit(url)
    return Nats(f"{server.hostname}:{server.port or 4222}", monitor_url, passwords)


def embedded(
    folder: Path, port: int, monitor_port: int, passwords: Mapping[str, str], tls: Tls | None = None
) -> tuple[Program, Nats]:
    """The packaged server with its data in `folder` and one login for each service in `passwords`."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "nats.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(json.dumps(_configuration(folder, port, monitor_port, passwords, tls), indent=2))
    scheme, context = "https" if tls else "http", asking(tls)
    server = Nats(f"127.0.0.1:{port}", f"{scheme}://127.0.0.1:{monitor_port}", passwords)
    binary = Path(sys.executable).with_name("nats-server")

    async def is_ready() -> bool:
        return await answers(f"{server.monitor_url}/healthz?js-enabled-only=true", context)

    return Program("nats", (str(binary), "-c", str(configuration)), ready=is_ready, folder=folder), server


def _configuration(
    folder: Path, port: int, monitor_port: int, passwords: Mapping[str, str], tls: Tls | None
) -> dict[str, object]:
    users = [
        {
            "user": login,
            "password": password,
            "permissions": _READER if login == GATEWAY else _permissions(login),
        }
        for login, password in passwords.items()
    ]
    return {
        "server_name": "roundel",
        "listen": f"127.0.0.1:{port}",
        "https" if tls else "http": f"127.0.0.1:{monitor_port}",
        **({"tls": _tls(tls)} if tls else {}),
        "max_payload": 1024 * 1024,
        "jetstream": {
            "store_dir": str(folder / "jetstream"),
            "sync_interval": "always",  # an acknowledged event is on disk
            "max_memory_store": 256 * 1024**2,
            "max_file_store": 4 * 1024**3,
        },
        "accounts": {"APP": {"jetstream": "enabled", "users": users}, "SYS": {"users": []}},
        "system_account": "SYS",
    }


def _tls(tls: Tls) -> dict[str, object]:
    """The handshake comes before all else, and only certificates of the clients' authority may connect."""
    named = {"cert_file": str(tls.certificate), "key_file": str(tls.key), "handshake_first": True}
    return named | ({"ca_file": str(tls.client_authority), "verify": True} if tls.client_authority else {})


# Reads every service's events by consumers without a name, which can take nothing from anybody.
_READER = {
    "publish": ["$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.CREATE.*", "$JS.FC.>"],
    "subscribe": ["_INBOX.>"],
}


def _permissions(service: str) -> dict[str, object]:
    """A service publishes its own events, keeps its own stream, and reads others by its own consumer."""
    own_stream = ("CREATE", "UPDATE", "PURGE", "MSG.GET")
    consumers = ("CREATE", "DURABLE.CREATE", "INFO", "MSG.NEXT", "DELETE")
    return {
        "publish": [
            f"roundel.{service}.v1.>",
            "$JS.API.INFO",
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.INFO.*",
            *(f"$JS.API.STREAM.{request}.{service}" for request in own_stream),
            *(f"$JS.API.CONSUMER.{request}.*.{service}" for request in consumers),
            f"$JS.API.CONSUMER.CREATE.*.{service}.>",
            f"$JS.ACK.*.{service}.>",
            "_INBOX.>",
        ],
        "subscribe": ["roundel.>", "$JS.EVENT.ADVISORY.>", "_INBOX.>"],
    }
