"""Who signs the tokens that a gateway believes."""

import time
from typing import Any
from uuid import uuid4

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey


class Issuer:
    """Signs tokens and publishes its keys."""

    name = "http://issuer.example"

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": uuid4().hex})
        self.url = ""

    def token(self, **claims: Any) -> str:
        """A token that holds, but for what is said otherwise."""
        now = int(time.time())
        usual = {"iss": self.name, "aud": "roundel", "sub": str(uuid4()), "kind": "employee", "exp": now + 60}
        header = {"alg": "ES256", "kid": self.key.kid}
        return jwt.encode(header, {**usual, "name": "Ada", "grants": ["*:*"], **claims}, self.key)

    def bearer(self, **claims: Any) -> dict[str, str]:
        """The header that carries such a token."""
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    async def keys(self, _: web.Request) -> web.Response:
        """The JWKS."""
        return web.json_response({"keys": [self.key.as_dict(private=False)]})
