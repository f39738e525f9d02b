"""Who is believed, and what they may."""

import asyncio

import pytest
from joserfc.jwk import ECKey

from chassis.access import ANONYMOUS, Principal, TokenVerifier, acting_as, actor_id, current
from chassis.database import uuid7
from chassis.errors import Forbidden, Unauthenticated, Unavailable
from chassis.testing import Issuer, as_employee


@pytest.mark.parametrize("grant", ["lead:read", "lead:*", "*:read", "*:*"])
def test_a_grant_or_its_wildcard_allows(grant: str) -> None:
    Principal("employee", grants=frozenset({grant})).require("lead", "read")


@pytest.mark.parametrize("grant", ["lead:write", "quote:read", "quote:*", "lead", "*", ""])
def test_what_is_not_granted_is_denied(grant: str) -> None:
    with pytest.raises(Forbidden, match="an administrator can grant lead:read"):
        Principal("employee", uuid7(), grants=frozenset({grant})).require("lead", "read")
    with pytest.raises(Unauthenticated):
        ANONYMOUS.require("lead", "read")


async def test_each_task_acts_for_its_own_principal() -> None:
    async def act() -> bool:
        id = uuid7()
        with as_employee("lead:read", id=id):
            await asyncio.sleep(0)
            return actor_id() == id

    assert all(await asyncio.gather(*(act() for _ in range(20))))
    assert current() == ANONYMOUS


def test_a_token_is_never_shown() -> None:
    with acting_as(Principal("employee", token="secret")):
        assert "secret" not in repr(current())


async def test_keys_that_the_issuer_changed_are_believed_and_the_old_ones_no_longer() -> None:
    async with Issuer() as issuer:
        verifier = issuer.verifier()
        old = issuer.token("lead:read")
        assert (await verifier.verify(old)).grants == {"lead:read"}
        former, issuer.key = issuer.key, ECKey.generate_key("P-256", auto_kid=True)
        verifier._fetched -= 60  # the keys are a minute old
        assert (await verifier.verify(issuer.token("lead:write"))).grants == {"lead:write"}
        with pytest.raises(Unauthenticated):
            await verifier.verify(issuer.token(key=former))


async def test_an_issuer_that_goes_down_does_not_stop_who_knows_its_keys() -> None:
    async with Issuer() as issuer:
        verifier, token = issuer.verifier(), issuer.token()
        await verifier.verify(issuer.token())
    verifier._fetched -= 600
    assert (await verifier.verify(token)).kind == "employee"
    stranger = TokenVerifier(issuer=issuer.url, jwks_url=issuer.jwks_url)
    with pytest.raises(Unavailable):
        await stranger.verify(token)


async def test_a_remembered_token_still_expires() -> None:
    async with Issuer() as issuer:
        verifier, token = issuer.verifier(), issuer.token(expires_in=1)
        await verifier.verify(token)
        await asyncio.sleep(1.1)
        with pytest.raises(Unauthenticated):
            await verifier.verify(token)


async def test_an_unsigned_token_or_one_signed_with_another_algorithm_is_refused() -> None:
    async with Issuer() as issuer:
        _, claims, signature = issuer.token().split(".")
        unsigned = "eyJhbGciOiJub25lIn0"
        for forged in (f"{unsigned}.{claims}.", f"{unsigned}.{claims}.{signature}"):
            with pytest.raises(Unauthenticated):
                await issuer.verifier().verify(forged)
