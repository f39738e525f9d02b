"""An API key from its creation to its end, as a program meets it at the gateway."""

from datetime import timedelta

import pytest

from chassis.database import now
from chassis.testing import eventually
from deploy.local.suite import Suite
from tests.e2e.caller import Caller

CREATE = """mutation($until: DateTime!) { createApiKey(input: {name: "Web site", roles: ["integration"],
  scopes: ["customer:read", "employee:read"], expiresAt: $until}) { key apiKey { id } } }"""
REVOKE = "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { revokedAt } } }"
READ = "{ customers(first: 1) { totalCount } employees(first: 1) { totalCount } }"
WRITE = 'mutation { registerCustomer(input: {name: "Acme"}) { customer { id } } }'


@pytest.mark.feature("F108")
async def test_a_program_does_with_a_key_what_it_is_for_until_it_is_revoked(
    suite: Suite, administrator: Caller
) -> None:
    made = (await administrator.ask(CREATE, {"until": (now() + timedelta(days=1)).isoformat()})).data
    key, id = made["createApiKey"]["key"], made["createApiKey"]["apiKey"]["id"]

    async with Caller(suite.graph, key) as program:
        assert not (await program.ask(READ)).errors
        assert (await program.ask(WRITE)).codes == ["FORBIDDEN"]

        assert not (await administrator.ask(REVOKE, {"id": id})).errors

        async def refused() -> bool:
            return (await program.ask(READ)).codes[:1] == ["UNAUTHENTICATED"]

        await eventually(refused, timeout=65, pause=0.5)

    async with Caller(suite.graph, "rk_guessed") as stranger:
        answer = await stranger.ask(READ)
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
