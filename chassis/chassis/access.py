"""Who is asking, and what they were granted; every request, rpc and event has a principal."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, cast
from uuid import UUID

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from chassis.errors import Forbidden, Unauthenticated, Unavailable

AUDIENCE = "roundel"
ALGORITHM = "ES256"
KEYS_FRESH_SECONDS = 300
KEYS_RETRY_SECONDS = 5

Kind = Literal["employee", "service", "anonymous"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: an employee, a service account, or nobody we know.

    A grant is `object:action`, either part may be `*`; what is not granted is denied.
    """

    kind: Kind
    id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    grants: frozenset[str] = frozenset()
    token: str | None = field(default=None, repr=False)
    expires_at: float | None = field(default=None, compare=False)  # seconds since 1970, of the token

    def may(self, noun: str, action: str) -> bool:
        """Tell whether some grant covers this action on this object."""
        return not self.grants.isdisjoint((f"{noun}:{action}", f"{noun}:*", f"*:{action}", "*:*"))

    def require(self, noun: str, action: str) -> None:
        """Raise Unauthenticated or Forbidden unless this action on this object is granted."""
        if self.may(noun, action):
            return
        if self.kind == "anonymous":
            raise Unauthenticated("This needs a sign-in: send a bearer token", object=noun, action=action)
        raise Forbidden(
            f"{self.name or self.id} may not {action} {noun}; an administrator can grant {noun}:{action}",
            object=noun,
            action=action,
        )


ANONYMOUS = Principal(kind="anonymous")

_current: ContextVar[Principal] = ContextVar("principal", default=ANONYMOUS)


def current() -> Principal:
    """Return the principal of the request, rpc or event being handled."""
    return _current.get()


def actor_id() -> UUID | None:
    """Return the id recorded as `created_by` and `updated_by`."""
    return _current.get().id


@contextmanager
def acting_as(principal: Principal) -> Iterator[None]:
    """Handle what happens inside on behalf of this principal."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)


class TokenVerifier:
    """Checks bearer tokens against the issuer's published keys, which it keeps for five minutes."""

    def __init__(self, *, issuer: str, jwks_url: str) -> None:
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
        """Return whom the token speaks for; raise Unauthenticated when it does not hold."""
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
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(self._jwks_url) as answer:
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
        )
    except (KeyError, ValueError) as error:
        raise Unauthenticated("The token lacks what this installation needs; sign in again") from error
