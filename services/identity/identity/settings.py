"""What this service is told besides what every service is told."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from chassis.settings import ServiceSettings

SHORTEST_SECRET = 16


class IdentitySettings(ServiceSettings):
    """The first administrator, and the secret that the signing keys are encrypted with."""

    admin_email: str = ""
    admin_password: SecretStr = SecretStr("")
    key_encryption_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)

    @field_validator("key_encryption_secret")
    @classmethod
    def _strong_in_production(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("environment") != "local" and len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"it encrypts the signing keys and has at least {SHORTEST_SECRET} characters")
        return secret
