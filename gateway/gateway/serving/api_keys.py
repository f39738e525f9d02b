"""API keys: exchanged at the issuer for tokens, which the services believe."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urljoin

import aiohttp

from chassis.errors import Unauthenticated, Unavailable
from chassis.tls import Tls, asking_anybody
from gateway.errors import Refused, problem

MARK = "rk_"  # what a key begins with, and no token does
GRANT_TYPE = "urn:roundel:api-key"
KEPT_SECONDS = 60.0  # so long may a key be used here after it was revoked
MARGIN_SECONDS = 10.0  # that a token must last when it is passed on
KEPT_KEYS = 10_000
AT_A_TIME = 8


class ApiKeys:
    """Knows the tokens of the keys that were used lately."""

    def __init__(self, token_url: str, tls: Tls | None = None) -> None:
        self._token_url = token_url
        self._tls = asking_anybody(tls) if tls else True
        self._tokens: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[str]] = {}
        self._gate = asyncio.Semaphore(AT_A_TIME)

    @classmethod
    def of_issuer(cls, jwks_url: str, tls: Tls | None = None) -> "ApiKeys":
        """Return what exchanges keys beside the place where the issuer's public keys are."""
        return cls(urljoin(jwks_url, "token"), tls)

    async def token(self, key: str, forwarded: Mapping[str, str]) -> str:
        """Return a token for the key; the headers `forwarded` tell the issuer from where it came.

        Raises Unauthenticated for a key that opens nothing, Refused when too many came from there, and
        Unavailable when the issuer does not answer.
        """
        until, token = self._tokens.get(key, (0.0, ""))
        if until > time.monotonic():
            return token
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._exchange(key, forwarded))
            self._asked[key].add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(self._asked[key])  # others may wait for it too

    async def _exchange(self, key: str, forwarded: Mapping[str, str]) -> str:
        given = {"grant_type": GRANT_TYPE, "api_key": key}
        try:
            timeout = aiohttp.ClientTimeout(total=5)
            async with (
                self._gate,
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self._token_url, json=given, headers=forwarded, ssl=self._tls) as answer,
            ):
                told = await answer.json()
                if answer.status in (400, 401):
                    raise Unauthenticated(str(told["error_description"]))
                if answer.status == 429:
                    wait = answer.headers["retry-after"]
                    told_so = problem(str(told["error_description"]), "LIMIT", retryAfter=int(wait))
                    raise Refused(told_so, status=429, headers=[("retry-after", wait)])
                answer.raise_for_status()
            token, seconds = str(told["access_token"]), float(told["expires_in"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("The token issuer does not answer, so no API key can be checked") from error
        self._tokens[key] = (time.monotonic() + min(KEPT_SECONDS, seconds - MARGIN_SECONDS), token)
        self._tokens.move_to_end(key)
        while len(self._tokens) > KEPT_KEYS:
            self._tokens.popitem(last=False)
        return token
