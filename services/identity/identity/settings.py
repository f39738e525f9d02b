"""What this service is told besides what every service is told."""

from typing import Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from chassis.settings import ServiceSettings

SHORTEST_SECRET = 16


class IdentitySettings(ServiceSettings):
    """The first administrator, the secret that encrypts the signing keys, and the company's own issuer."""

    admin_email: str = ""
    admin_password: SecretStr = SecretStr("")
    key_encryption_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_email_claim: str = "email"
    oidc_name_claim: str = "name"
    oidc_groups_claim: str = "groups"
    oidc_roles: dict[str, str] = Field(default_factory=dict)  # by group
    oidc_registers: bool = False  # whoever comes and is not known yet

    @field_validator("key_encryption_secret")
    @classmethod
    def _strong_in_production(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("environment") != "local" and len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"it encrypts the signing keys and has at least {SHORTEST_SECRET} characters")
        return secret

    @model_validator(mode="after")
    def _issuer_is_whole(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError(
                "ROUNDEL_OIDC_ISSUER needs ROUNDEL_OIDC_AUDIENCE, or tokens for others hold here"
            )
        if self.oidc_issuer and self.environment != "local" and not self.oidc_issuer.startswith("https://"):
            raise ValueError(
                "ROUNDEL_OIDC_ISSUER begins with https://, or anybody could give keys for its own"
            )
        return self
