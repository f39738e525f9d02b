"""The installation's master keys: they encrypt other keys, and nothing else."""

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Annotated, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AfterValidator, SecretStr

from chassis.errors import Unavailable

KEY_BYTES, NONCE_BYTES = 32, 12


class MasterKeys:
    """Keys by name; the first wraps, all unwrap. Without any, nothing can be encrypted."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `NAME:BASE64,…`, each key of 32 bytes; raises ValueError, which tells no key."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in written.split(","))):
            name, _, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not name.isidentifier() or len(key) != KEY_BYTES or name in keys:
                raise ValueError(
                    "write NAME:KEY, separated by commas, each name once, each key 32 bytes in base64"
                )
            keys[name] = key
        return cls(keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def current(self) -> str:
        """The name of the key that wraps; raises Unavailable when there is none."""
        if not self._keys:
            raise Unavailable("Nothing can be encrypted here: set ROUNDEL_MASTER_KEYS")
        return next(iter(self._keys))

    def wrap(self, key: bytes, purpose: str) -> str:
        """Encrypt a key for one purpose, with the first master key."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(self._keys[self.current]).encrypt(nonce, key, purpose.encode())
        return f"{self.current}:{base64.b64encode(sealed).decode()}"

    def unwrap(self, wrapped: str, purpose: str) -> bytes:
        """Return the key; raises Unavailable when its master key is missing here or is another."""
        name, _, encoded = wrapped.partition(":")
        if name not in self._keys:
            raise Unavailable(f"The master key {name} is needed here; add it to ROUNDEL_MASTER_KEYS")
        sealed = base64.b64decode(encoded)
        try:
            return AESGCM(self._keys[name]).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode()
            )
        except InvalidTag:
            raise Unavailable(
                f"The master key {name} in ROUNDEL_MASTER_KEYS is not the one that was used;"
                " give the former one, under this name"
            ) from None


def _parsable(given: SecretStr) -> SecretStr:
    MasterKeys.parse(given.get_secret_value())
    return given


MasterKeysText = Annotated[SecretStr, AfterValidator(_parsable)]
