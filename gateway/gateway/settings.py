"""What the gateway is told by its environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from chassis.settings import ProcessSettings


class Settings(ProcessSettings):
    """The gateway's settings beside those of any process; issuer and keys are needed unless it runs open."""

    issuer: str = ""
    jwks_url: str = ""
    subgraphs: dict[str, str] = Field(default_factory=dict)
    subgraph_seconds: float = 5.0
    request_seconds: float = 10.0
    speculation: bool = True
    cost_budget: int = 10_000
    requests_per_second: float = Field(default=100.0, gt=0)
    request_burst: int = Field(default=500, gt=0)
    cors_origins: tuple[str, ...] = ()
    trusted: Path | None = None
    admit: Literal["any", "trusted"] = "any"
    nats_url: SecretStr | None = None
    connections_per_caller: int = 20
    subscriptions_per_caller: int = 100
