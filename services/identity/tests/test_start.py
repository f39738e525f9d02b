"""The first start, on several replicas at once, and what stops it."""

import asyncio

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from chassis import testing
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.service import Runtime
from identity.roles.catalogue import ROLES
from identity.start import prepare
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import ADMINISTRATOR, do, settings, told


async def test_replicas_that_start_at_once_share_one_key_and_one_administrator(database: Database) -> None:
    await asyncio.gather(*(prepare(testing.runtime(database, given=settings())) for _ in range(4)))

    assert len(await database.read(text("SELECT id FROM signing_key"))) == 1
    [event] = await told(database, events.EmployeeRegistered)
    assert (event.email, list(event.roles)) == (ADMINISTRATOR, ["administrator"])


async def test_an_upgrade_tells_once_who_and_what_was_there_before(
    runtime: Runtime, graph: testing.Graph, database: Database
) -> None:
    team = (await do(graph, "createTeam", "team { id }", name="East"))["team"]["id"]
    lead = (await told(database, events.PrincipalChanged))[0].principal_id
    account = {"name": "web site", "roles": ["integration"]}
    await do(graph, "createServiceAccount", "secret", **account)
    async with database.transaction() as session:  # as an earlier release left it
        await session.execute(text("DELETE FROM role"))
        await session.execute(text("DELETE FROM outbox_event"))

    for _ in range(2):
        await prepare(runtime)

    assert [event.team_id for event in await told(database, events.TeamPlaced)] == [team]
    principals = await told(database, events.PrincipalChanged)
    assert [(event.kind, list(event.roles)) for event in principals] == [
        ("employee", ["everybody", "administrator"]),
        ("service", ["integration"]),
    ]
    assert principals[0].principal_id == lead
    assert {event.name for event in await told(database, events.RoleDefined)} == set(ROLES)


async def test_without_an_administrator_named_nobody_is_made(database: Database) -> None:
    await prepare(testing.runtime(database, given=settings(admin_email="")))

    assert not await told(database, events.EmployeeRegistered)


async def test_keys_are_encrypted_and_of_no_use_with_another_secret(
    runtime: Runtime, database: Database
) -> None:
    for row in await database.read(text("SELECT private FROM signing_key")):
        assert '"d"' not in row.private

    with pytest.raises(Unavailable, match="ROUNDEL_KEY_ENCRYPTION_SECRET is not the one"):
        await prepare(testing.runtime(database, given=settings(key_encryption_secret="x" * 32)))


@pytest.mark.parametrize("secret", ["", "short"])
def test_production_needs_a_secret_of_some_length(secret: str) -> None:
    settings(key_encryption_secret=secret)
    with pytest.raises(ValidationError, match="it encrypts the signing keys"):
        settings(key_encryption_secret=secret, environment="production")
