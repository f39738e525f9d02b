"""Roles are data: shipped, changed by administrators, told to everybody, and nobody locks all others out."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from chassis.database import Database
from chassis.service import Runtime
from chassis.testing import Graph, employee
from identity.roles import catalogue
from identity.start import prepare
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import do, refused, told

OWN_LEADS = {"version": 1, "grants": [{"objects": ["lead"], "actions": ["read"], "scopes": ["own"]}]}
ROLE = "role { id version name title grants definition shipped customised retired }"


async def role(graph: Graph, name: str) -> dict[str, Any]:
    answer = await graph("{ roles(retired: true) { id version name grants customised retired } }")
    return next(found for found in answer.data["roles"] if found["name"] == name)


async def test_shipped_roles_are_there_and_told_once_by_replicas_that_start_at_once(
    runtime: Runtime, database: Database
) -> None:
    await asyncio.gather(*(prepare(runtime) for _ in range(3)))

    defined = await told(database, events.RoleDefined)
    assert sorted(event.name for event in defined) == sorted(catalogue.ROLES)
    assert {event.version for event in defined} == {1}


@pytest.mark.feature("F108")
async def test_a_role_is_defined_given_and_told(graph: Graph, database: Database) -> None:
    made = await do(
        graph, "defineRole", ROLE, name="scout", title="线索员", titleEn="Scout", definition=OWN_LEADS
    )

    assert made["role"]["grants"] == ["lead:read"]
    assert made["role"]["definition"] == OWN_LEADS
    [event] = [event for event in await told(database, events.RoleDefined) if event.name == "scout"]
    assert (event.version, orjson.loads(event.definition), event.retired) == (1, OWN_LEADS, False)
    await do(graph, "registerEmployee", "employee { roles }", email="a@b.cn", name="Ann", roles=["scout"])
    ann = (await told(database, events.PrincipalChanged))[-1]
    assert (list(ann.roles), ann.active, ann.kind) == (["everybody", "scout"], True, "employee")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": "Chief of all"}, ["input", "name"]),
        ({"title": " "}, ["input", "name"]),
        ({"definition": {"version": 2}}, ["input", "definition", "version"]),
        (
            {"definition": {"version": 1, "grants": [{**OWN_LEADS["grants"][0], "scopes": ["mine"]}]}},  # type: ignore[index]
            ["input", "definition", "grants", 0, "scopes", 0],
        ),
    ],
)
async def test_a_wrong_role_is_refused_whole_with_the_place(
    graph: Graph, database: Database, changed: dict[str, Any], path: list[Any]
) -> None:
    right = {"name": "scout", "title": "线索员", "titleEn": "Scout", "definition": OWN_LEADS}

    error = await refused(graph, "defineRole", **{**right, **changed})

    assert (error["code"], error["inputPath"]) == ("INVALID", path)
    assert len(await told(database, events.RoleDefined)) == len(catalogue.ROLES)


async def test_two_roles_have_two_names(graph: Graph) -> None:
    again = {"name": "agent", "title": "客服", "titleEn": "Agent", "definition": OWN_LEADS}
    assert (await refused(graph, "defineRole", **again))["code"] == "CONFLICT"


@pytest.mark.feature("F108")
async def test_what_an_administrator_changed_stays_and_the_rest_follows_the_release(
    graph: Graph, runtime: Runtime, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await role(graph, "agent")
    await do(graph, "changeRole", ROLE, id=mine["id"], definition=OWN_LEADS, expectedVersion=1)
    newer = {
        name: replace(catalogue.ROLES[name], definition={"version": 1, "grants": []})
        for name in ("agent", "auditor")
    }
    monkeypatch.setitem(catalogue.ROLES, "agent", newer["agent"])
    monkeypatch.setitem(catalogue.ROLES, "auditor", newer["auditor"])

    await prepare(runtime)

    assert (await role(graph, "agent"))["grants"] == ["lead:read"]
    assert (await role(graph, "auditor"))["grants"] == []
    last = (await told(database, events.RoleDefined))[-1]
    assert (last.name, last.version) == ("auditor", 2)


async def test_a_retired_role_grants_nothing_and_is_given_to_nobody_until_it_is_restored(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    agent = await role(graph, "agent")
    await do(graph, "retireRole", ROLE, id=agent["id"])

    assert (await told(database, events.RoleDefined))[-1].retired
    hired = {"email": "a@b.cn", "name": "Ann", "roles": ["agent"]}
    assert (await refused(graph, "registerEmployee", **hired))["inputPath"] == ["input", "roles"]
    await prepare(runtime)  # a start does not bring it back
    assert (await role(graph, "agent"))["retired"]

    await do(graph, "restoreRole", ROLE, id=agent["id"])
    await do(graph, "registerEmployee", "employee { roles }", **hired)


@pytest.mark.feature("F108")
async def test_nobody_can_lock_everybody_out(graph: Graph) -> None:
    administrator, everybody = await role(graph, "administrator"), await role(graph, "everybody")

    change = {"id": administrator["id"], "definition": {"version": 1, "grants": []}}
    assert (await refused(graph, "changeRole", **change))["code"] == "CONFLICT"
    assert (await refused(graph, "retireRole", id=administrator["id"]))["code"] == "CONFLICT"
    assert (await refused(graph, "retireRole", id=everybody["id"]))["code"] == "CONFLICT"


async def test_what_everybody_has_is_given_to_nobody(graph: Graph) -> None:
    hired = {"email": "a@b.cn", "name": "Ann", "roles": ["everybody"]}
    assert (await refused(graph, "registerEmployee", **hired))["code"] == "INVALID"


async def test_roles_are_changed_by_who_may_and_read_by_all_who_are_known(graph: Graph) -> None:
    anybody = employee("role:read")
    agent = await role(graph, "agent")
    change = "mutation($id: UUID!) { retireRole(input: {id: $id}) { role { id } } }"

    assert (await graph(change.replace("UUID", "ID"), {"id": agent["id"]}, by=anybody)).codes == ["FORBIDDEN"]
    assert not (await graph("{ roles { name title } }", by=anybody)).errors
