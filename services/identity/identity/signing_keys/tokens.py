"""Making tokens: what is in them, and what they are signed with."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from chassis.access import ALGORITHM, AUDIENCE, Kind
from chassis.errors import Unavailable
from chassis.settings import ServiceSettings
from identity.settings import IdentitySettings
from identity.signing_keys.models import SigningKey

LIFE: dict[Kind, timedelta] = {"employee": timedelta(hours=8), "service": timedelta(hours=1)}
LONGEST_LIFE = max(LIFE.values())


class Cipher:
    """Encrypts what is stored, with a key derived from the installation's secret."""

    def __init__(self, secret: SecretStr) -> None:
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"roundel/identity/signing-keys")
        key = derivation.derive(secret.get_secret_value().encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, data: dict[str, Any]) -> str:
        """Return what may be stored."""
        return self._fernet.encrypt(orjson.dumps(data)).decode()

    def decrypt(self, stored: str) -> dict[str, Any]:
        """Return what was encrypted; raise Unavailable when that was with another secret."""
        try:
            decrypted: dict[str, Any] = orjson.loads(self._fernet.decrypt(stored))
        except InvalidToken:
            raise Unavailable(
                "ROUNDEL_KEY_ENCRYPTION_SECRET is not the one that the signing keys were encrypted with: "
                "give the former one, or delete the rows of signing_key, which ends all sessions"
            ) from None
        return decrypted


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks for."""

    kind: Kind
    id: UUID
    name: str
    roles: Sequence[str]
    grants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes this installation's tokens."""

    issuer: str
    cipher: Cipher

    def token(self, key: SigningKey, subject: Subject, *, id: UUID, at: datetime, until: datetime) -> str:
        """Return a signed token."""
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "jti": str(id),
            "sub": str(subject.id),
            "kind": subject.kind,
            "name": subject.name,
            "roles": sorted(subject.roles),
            "grants": sorted(subject.grants),
            "iat": int(at.timestamp()),
            "exp": int(until.timestamp()),
        }
        private = ECKey.import_key(self.cipher.decrypt(key.private))
        return jwt.encode({"alg": ALGORITHM, "kid": str(key.id)}, claims, private)


def mint_of(settings: ServiceSettings) -> Mint:
    """Return what makes tokens under these settings."""
    assert isinstance(settings, IdentitySettings)
    return Mint(settings.issuer, Cipher(settings.key_encryption_secret))
