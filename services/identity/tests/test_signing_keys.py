"""Rotation: nobody who holds a token notices."""

import base64
from datetime import timedelta

import orjson

from chassis.access import ANONYMOUS
from chassis.service import Runtime
from chassis.testing import Graph, employee
from identity.signing_keys.queries import published_keys

from .conftest import ADMINISTRATOR, PASSWORD, Clock

ROTATE = "mutation { rotateSigningKey(input: {}) { kid signsFrom } }"


async def signer(graph: Graph) -> str:
    """Return the key that signs a token now."""
    query = f'mutation {{ signIn(input: {{email: "{ADMINISTRATOR}", password: "{PASSWORD}"}}) {{ token }} }}'
    token = (await graph(query, by=ANONYMOUS)).data["signIn"]["token"]
    return str(orjson.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"])


async def published(runtime: Runtime) -> list[str]:
    return [key["kid"] for key in await published_keys(runtime.database, at=runtime.clock())]


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_expired(
    graph: Graph, runtime: Runtime, clock: Clock
) -> None:
    old = await signer(graph)
    assert await published(runtime) == [old]

    new = (await graph(ROTATE)).data["rotateSigningKey"]["kid"]

    assert await published(runtime) == [new, old]
    assert await signer(graph) == old
    clock.ahead = timedelta(seconds=11)
    assert await signer(graph) == new
    clock.ahead = timedelta(hours=8)
    assert await published(runtime) == [new, old]
    clock.ahead = timedelta(hours=8, seconds=11)
    assert await published(runtime) == [new]


async def test_keys_can_be_rotated_again_at_once(graph: Graph, runtime: Runtime, clock: Clock) -> None:
    kids = [(await graph(ROTATE)).data["rotateSigningKey"]["kid"] for _ in range(3)]

    assert (await published(runtime))[:3] == kids[::-1]
    clock.ahead = timedelta(minutes=1)
    assert await signer(graph) == kids[-1]


async def test_rotation_takes_the_grant(graph: Graph) -> None:
    assert (await graph(ROTATE, by=employee("employee:*"))).codes == ["FORBIDDEN"]
