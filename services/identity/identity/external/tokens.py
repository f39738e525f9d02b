"""Tokens of the company's own OpenID Connect issuer, checked against the keys that it publishes."""

import asyncio
import time
from typing import Any, cast

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from chassis.errors import Unauthenticated, Unavailable
from chassis.tls import Tls, asking_anybody

ALGORITHMS = ["RS256", "ES256"]
FRESH_SECONDS = 300
RETRY_SECONDS = 5
LEEWAY_SECONDS = 30  # for clocks that differ


class ExternalIssuer:
    """Knows the issuer's keys by discovery and keeps them for five minutes."""

    def __init__(self, issuer: str, audience: str, tls: Tls | None = None) -> None:
        self._issuer = issuer
        self._tls = asking_anybody(tls) if tls else True
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def claims(self, token: str) -> dict[str, Any]:
        """Return what the token says; raise Unauthenticated when it does not hold.

        Raises Unavailable while the issuer has never answered.
        """
        try:
            return self._checked(token, await self._current_keys(FRESH_SECONDS))
        except (JoseError, ValueError):
            pass
        try:
            return self._checked(token, await self._current_keys(RETRY_SECONDS))  # they may have been rotated
        except (JoseError, ValueError) as error:
            reason = getattr(error, "error", "") or type(error).__name__
            raise Unauthenticated(f"The token of {self._issuer} does not hold: {reason}") from None

    def _checked(self, token: str, keys: KeySet) -> dict[str, Any]:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        self._claims.validate(claims)
        return claims

    async def _current_keys(self, at_most_old: float) -> KeySet:
        async with self._fetching:
            if self._keys is None or time.monotonic() - self._fetched > at_most_old:
                self._keys = await self._fetch()
                self._fetched = time.monotonic()
            return self._keys

    async def _fetch(self) -> KeySet:
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
                found = await self._json(http, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                if found["issuer"] != self._issuer:
                    raise ValueError(f"it calls itself {found['issuer']}")
                return KeySet.import_key_set(
                    cast(KeySetSerialization, await self._json(http, found["jwks_uri"]))
                )
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            if self._keys is not None:
                return self._keys  # keys change rarely; an issuer that is down must not stop everybody
            raise Unavailable(f"The issuer {self._issuer} does not tell its keys: {error}") from error

    async def _json(self, http: aiohttp.ClientSession, url: str) -> Any:
        async with http.get(url, ssl=self._tls) as answer:
            answer.raise_for_status()
            return await answer.json(content_type=None)
