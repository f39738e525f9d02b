"""Nobody has more than was granted, also before a service was told of it."""

from dataclasses import replace
from uuid import uuid4

import pytest

from chassis.access import Principal
from chassis.access.directory import Directory
from chassis.database import Database
from chassis.errors import Unauthenticated, Unavailable
from sales.consumers import HANDLERS
from tests.access.people import Company, grant

pytestmark = pytest.mark.feature("F108")


@pytest.fixture
async def company(database: Database) -> Company:
    company = Company(database, "sales", HANDLERS)
    await company.role("boss", grant("*", "*"))
    return company


async def _as_known(database: Database, caller: Principal) -> Principal:
    directory = Directory(database)
    await directory.check()
    return directory.resolve(caller)


async def test_nobody_has_rights_before_identity_told_what_roles_allow(
    company: Company, database: Database
) -> None:
    signed_in = Principal("employee", uuid4(), "Bo", frozenset({"hunter"}), frozenset({"lead:read"}), "t")
    directory = Directory(database)
    with pytest.raises(Unavailable):
        directory.resolve(signed_in)
    await directory.check()

    # a role that was made a moment ago, somebody without any, and one who may do nothing
    for caller in (signed_in, replace(signed_in, roles=frozenset()), replace(signed_in, grants=frozenset())):
        assert directory.resolve(caller).on("lead", "read") is None

    await company.role("hunter", grant("lead", "read create", ["own"]))
    await directory.refresh()
    known = directory.resolve(signed_in)
    reach = known.require("lead", "read").reach
    assert reach
    assert reach.people == {signed_in.id}
    assert known.on("lead", "create") is None


async def test_a_restarted_process_with_an_empty_replica_lets_nobody_in(database: Database) -> None:
    directory = Directory(database)
    with pytest.raises(Unavailable):
        await directory.check()
    with pytest.raises(Unavailable):
        directory.resolve(Principal("employee", uuid4(), "Bo", frozenset({"boss"}), frozenset({"*:*"}), "t"))


async def test_a_session_that_ended_before_the_process_started_stays_ended(
    company: Company, database: Database
) -> None:
    ann = await company.person("seller")
    await company.end_session(ann)

    directory = Directory(database)
    await directory.refresh()

    with pytest.raises(Unauthenticated):
        directory.resolve(ann)


async def test_narrower_scopes_of_a_key_count_from_the_next_look_on(
    company: Company, database: Database
) -> None:
    key = await company.person("boss", scopes=["lead:*"])
    assert (await _as_known(database, key)).may("lead", "create")

    await company.person("boss", id=key.id, scopes=["lead:read"])

    assert not (await _as_known(database, key)).may("lead", "create")
