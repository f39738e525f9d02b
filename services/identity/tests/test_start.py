"""The first start, on several replicas at once, and what stops it."""

import asyncio

import pytest
from google.protobuf import json_format
from pydantic import ValidationError
from sqlalchemy import text

from chassis import testing
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.service import Runtime
from chassis.testing import outbox
from identity.start import prepare
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import ADMINISTRATOR, settings


async def test_replicas_that_start_at_once_share_one_key_and_one_administrator(database: Database) -> None:
    await asyncio.gather(*(prepare(testing.runtime(database, given=settings())) for _ in range(4)))

    assert len(await database.read(text("SELECT id FROM signing_key"))) == 1
    [told] = await outbox(database)
    event = json_format.ParseDict(told.data, events.EmployeeRegistered())
    assert (event.email, list(event.roles)) == (ADMINISTRATOR, ["administrator"])


async def test_without_an_administrator_named_nobody_is_made(database: Database) -> None:
    await prepare(testing.runtime(database, given=settings(admin_email="")))

    assert not await outbox(database)


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
