"""What the gateway is told by its environment."""

from pydantic import Field, SecretStr

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    """The gateway's settings beside those of any process; issuer and keys are needed unless it runs open."""

    issuer: str = ""
    jwks_url: str = ""
    subgraphs: dict[str, str] = Field(default_factory=dict)
    subgraph_seconds: float = 5.0
    request_seconds: float = 10.0
    nats_url: SecretStr | None = None
    cors_origins: frozenset[str] = frozenset()
    connections_per_caller: int = 20
    subscriptions_per_caller: int = 100
