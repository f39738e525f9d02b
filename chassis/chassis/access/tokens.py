"""Bearer tokens: whom they speak for, checked against the issuer's published keys."""

import asyncio
import time
from typing import Protocol, cast
from uuid import UUID

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from chassis.access.principal import Kind, Principal
from chassis.errors import Unauthenticated, Unavailable
from chassis.tls import Tls, asking_anybody

AUDIENCE = "roundel"
ALGORITHM = "ES256"
KEYS_FRESH_SECONDS = 300
KEYS_RETRY_SECONDS = 5


class Resolver(Protocol):
    """What knows the rights of a caller; see directory.Directory."""

    def resolve(self, caller: Principal) -> Principal:
        """Return the caller with these rights."""
        ...

    async def check(self) -> None:
        """Raise Unavailable while nothing is known of them."""
        ...

    async def follow(self) -> None:
        """Keep looking."""
        ...


class TokenVerifier:
    """Checks bearer tokens against the issuer's published keys, which it keeps for five minutes.

    With a directory, callers get the rights that it knows of; without, what their token grants.
    """

    def __init__(
        self, *, issuer: str, jwks_url: str, tls: Tls | None = None, directory: Resolver | None = None
    ) -> None:
        self._tls = asking_anybody(tls) if tls else True
        self.directory = directory
        self._jwks_url = jwks_url
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()
        self._known: dict[str, tuple[float, Principal]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """Return whom the token speaks for, with their rights; raise Unauthenticated."""
        return self.known(await self._principal(token))

    def known(self, principal: Principal) -> Principal:
        """Return the principal with the rights that the directory knows of."""
        return self.directory.resolve(principal) if self.directory else principal

    async def _principal(self, token: str) -> Principal:
        seen = self._known.get(token)
        if seen and seen[0] > time.time():
            return seen[1]
        try:
            claims = self._decode(token, await self._current_keys())
        except (JoseError, ValueError):
            claims = await self._decode_with_rotated_keys(token)
        principal = _principal(claims, token)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[token] = (min(float(cast(int, claims["exp"])), time.time() + 60), principal)
        return principal

    async def _decode_with_rotated_keys(self, token: str) -> dict[str, object]:
        try:
            keys = await self._current_keys(at_least_as_new_as=KEYS_RETRY_SECONDS)
            return self._decode(token, keys)
        except (JoseError, ValueError) as error:
            raise Unauthenticated("The token does not hold; sign in again", reason=_reason(error)) from None

    def _decode(self, token: str, keys: KeySet) -> dict[str, object]:
        claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
        self._claims.validate(claims)
        return claims

    async def _current_keys(self, *, at_least_as_new_as: float = KEYS_FRESH_SECONDS) -> KeySet:
        async with self._fetching:
            if self._keys is None or time.monotonic() - self._fetched > at_least_as_new_as:
                self._keys = await self._fetch()
                self._fetched = time.monotonic()
            return self._keys

    async def _fetch(self) -> KeySet:
        try:
            timeout = aiohttp.ClientTimeout(total=5)
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.get(self._jwks_url, ssl=self._tls) as answer,
            ):
                answer.raise_for_status()
                return KeySet.import_key_set(cast(KeySetSerialization, await answer.json()))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            if self._keys is not None:
                return self._keys  # keys change rarely; an issuer that is down must not stop everybody
            raise Unavailable("The token issuer does not answer, so no token can be checked") from error


def _reason(error: Exception) -> str:
    return getattr(error, "error", "") or type(error).__name__


def _principal(claims: dict[str, object], token: str) -> Principal:
    try:
        return Principal(
            kind=cast(Kind, claims["kind"]),
            id=UUID(str(claims["sub"])),
            name=str(claims.get("name", "")),
            roles=frozenset(cast(list[str], claims.get("roles", []))),
            grants=frozenset(cast(list[str], claims.get("grants", []))),
            token=token,
            expires_at=float(cast(int, claims["exp"])),
            session=UUID(str(claims["jti"])) if "jti" in claims else None,
        )
    except (KeyError, ValueError) as error:
        raise Unauthenticated("The token lacks what this installation needs; sign in again") from error
