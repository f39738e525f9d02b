"""The graph as `make up` uses it: sign in, and find a customer worth looking at."""

import json
import ssl
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

# Roots whose records lead to a customer with a history; the first that has records decides.
_HISTORIES = ("contracts", "opportunities")
_LIMIT = aiohttp.ClientTimeout(total=30)


class GraphError(Exception):
    """The graph refused or did not answer; the message says why."""


@dataclass(frozen=True)
class SignIn:
    """A person's token and the time until which it is good."""

    token: str
    expires_at: datetime


async def ask(
    url: str, query: str, token: str | None = None, *, tls: ssl.SSLContext | None = None
) -> dict[str, Any]:
    """The data that answers the query; any error is raised."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=_LIMIT, headers=headers) as http,
            http.post(url, json={"query": query}, ssl=tls or True) as response,
        ):
            answer = await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise GraphError(f"{url} does not answer: {error}") from error
    if answer.get("errors") or not answer.get("data"):
        raise GraphError(f"{url} refuses: {json.dumps(answer.get('errors'), ensure_ascii=False)}")
    data: dict[str, Any] = answer["data"]
    return data


async def sign_in(url: str, email: str, password: str, *, tls: ssl.SSLContext | None = None) -> SignIn:
    """Signs a person in with a password."""
    person = f"email: {json.dumps(email)}, password: {json.dumps(password)}"
    data = await ask(url, f"mutation {{ signIn(input: {{{person}}}) {{ token expiresAt }} }}", tls=tls)
    expires_at = datetime.fromisoformat(data["signIn"]["expiresAt"])
    return SignIn(data["signIn"]["token"], expires_at)


async def busiest_customer(url: str, token: str, *, tls: ssl.SSLContext | None = None) -> str | None:
    """The id of a customer with much history, or of any customer; None while there is none."""
    for root in _HISTORIES:
        data = await ask(
            url, f"{{ {root}(first: 100) {{ edges {{ node {{ customer {{ id }} }} }} }} }}", token, tls=tls
        )
        customers = (edge["node"]["customer"] for edge in data[root]["edges"])
        counted: Counter[str] = Counter(customer["id"] for customer in customers if customer)
        if counted:
            return counted.most_common(1)[0][0]
    data = await ask(url, "{ customers(first: 1) { edges { node { id } } } }", token, tls=tls)
    ids: list[str] = [edge["node"]["id"] for edge in data["customers"]["edges"]]
    return ids[0] if ids else None
