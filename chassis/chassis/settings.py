"""What every process is told by its environment; built once in `main` and passed down."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from chassis.edges.addresses import Proxies
from chassis.secrets.master import MasterKeysText
from chassis.tls import DatabaseUrl, TlsSettings


class ProcessSettings(TlsSettings):
    """What any process needs: where it listens, whom it believes, where its telemetry goes."""

    environment: Literal["local", "production"] = "production"
    host: str = "127.0.0.1"
    http_port: int = 8080
    trusted_proxies: Proxies = ()  # networks whose X-Forwarded-For is believed
    issuer: str
    jwks_url: str
    trace_file: Path | None = None
    trace_sampling: float = 0.01


class DatabaseSettings(TlsSettings):
    """Where a service's database is; all that the commands need which touch nothing else."""

    database_url: DatabaseUrl
    master_keys: MasterKeysText = SecretStr("")


class ServiceSettings(ProcessSettings, DatabaseSettings):
    """What a service needs besides: its database, the bus, and the services it may ask."""

    database_pool: int = 10  # connections for transactions, and as many for reads
    nats_url: SecretStr
    nats_monitor_url: str
    grpc_port: int = 50051
    peers: dict[str, str] = Field(default_factory=dict)
    files: str = ""  # URL of the store for files: file:///… or s3://…
    outbox_retention_days: int = 30
    idempotency_days: int = 7
