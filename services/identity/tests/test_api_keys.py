"""Keys for programs: shown once, cut to what they are for, ended in time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.database import Database, now
from chassis.errors import Unauthenticated
from chassis.service import Runtime
from chassis.testing import Answer, Graph, employee
from identity.api_keys.commands import exchange
from identity.sessions.commands import Issued
from identity.signing_keys.tokens import mint_of
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import Clock, do, told
from .test_sessions import claims_of

CREATE = """mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  key apiKey { id prefix roles scopes expiresAt lastUsedAt owner { name } } } }"""
REVOKE = "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { revokedAt } } }"


async def hire(graph: Graph, *roles: str, name: str = "Ann", **rest: object) -> str:
    hired = {"email": f"{name}@b.cn", "name": name, "roles": roles, **rest}
    return str((await do(graph, "registerEmployee", "employee { id }", **hired))["employee"]["id"])


async def create(graph: Graph, owner: str, *grants: str, **given: object) -> Answer:
    usual = {"name": "web site", "roles": ["salesperson"], "expiresAt": now() + timedelta(days=30)}
    caller = employee("api_key:create", "employee:read", *grants, id=UUID(owner))
    return await graph(CREATE, {"input": {**usual, **given}}, by=caller)


async def made(graph: Graph, owner: str, **given: object) -> dict[str, Any]:
    answer = await create(graph, owner, **given)
    assert not answer.errors, answer.errors
    found: dict[str, Any] = answer.data["createApiKey"]
    return found


async def exchanged(runtime: Runtime, key: str) -> Issued:
    async with runtime.database.transaction() as session:
        return await exchange(session, mint_of(runtime.settings), key, at=runtime.clock())


async def test_a_key_is_shown_once_and_stored_as_a_digest(graph: Graph, database: Database) -> None:
    ann, end = await hire(graph, "salesperson"), now() + timedelta(days=30)
    first = await made(graph, ann, idempotencyKey="k", expiresAt=end)
    again = await made(graph, ann, idempotencyKey="k", expiresAt=end)

    assert first["key"].startswith("rk_")
    assert first["key"].startswith(first["apiKey"]["prefix"])
    assert len(first["apiKey"]["prefix"]) < len(first["key"]) / 3
    assert again == {**first, "key": None}
    for table in ("api_key", "idempotency_key", "outbox_event"):
        for row in await database.read(text(f"SELECT t::text AS line FROM {table} t")):
            assert first["key"][11:] not in row.line


async def test_a_key_is_exchanged_for_a_token_of_minutes_with_its_part_of_the_rights(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    team = (await do(graph, "createTeam", "team { id }", name="East"))["team"]["id"]
    ann = await hire(graph, "salesperson", "agent", teamId=team)
    key = await made(graph, ann, scopes=["lead:*", "customer:read", "receivable:void"])

    issued = await exchanged(runtime, key["key"])

    claims = await claims_of(runtime, issued.token)
    assert (claims["sub"], claims["kind"], claims["roles"]) == (
        key["apiKey"]["id"],
        "service",
        ["salesperson"],
    )
    assert "lead:convert" in claims["grants"]
    assert {grant.split(":")[0] for grant in claims["grants"]} == {"lead", "customer"}
    assert 290 < claims["exp"] - claims["iat"] <= 300
    principal = (await told(database, events.PrincipalChanged))[-1]
    assert (principal.principal_id, principal.kind) == (key["apiKey"]["id"], "service")
    assert (principal.team_id, list(principal.roles)) == (team, ["salesperson"])
    assert list(principal.scopes) == ["customer:read", "lead:*", "receivable:void"]
    me = employee("employee:read", "api_key:read", id=UUID(ann))
    listed = (await graph("{ myApiKeys { prefix lastUsedAt } }", by=me)).data["myApiKeys"]
    assert datetime.fromisoformat(listed[0]["lastUsedAt"]) > now() - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"roles": ["accountant"]}, "FORBIDDEN"),
        ({"roles": ["emperor"]}, "INVALID"),
        ({"roles": []}, "INVALID"),
        ({"scopes": ["lead"]}, "INVALID"),
        ({"scopes": ["lead:read"] * 101}, "LIMIT"),
        ({"expiresAt": now() - timedelta(days=1)}, "INVALID"),
        ({"expiresAt": now() + timedelta(days=400)}, "INVALID"),
        ({"name": ""}, "INVALID"),
    ],
)
async def test_a_key_that_must_not_be_is_refused(
    graph: Graph, database: Database, given: dict[str, Any], code: str
) -> None:
    ann = await hire(graph, "salesperson")

    assert (await create(graph, ann, **given)).codes == [code]
    assert not await database.read(text("SELECT 1 FROM api_key"))


async def test_whoever_may_give_roles_may_give_them_to_a_key(graph: Graph) -> None:
    ann = await hire(graph)
    assert not (await create(graph, ann, "employee:change_roles", roles=["integration"])).errors


async def test_only_employees_have_keys(graph: Graph) -> None:
    assert (await create(graph, str(UUID(int=7)))).codes == ["FORBIDDEN"]


async def test_a_revoked_key_opens_nothing_and_its_sessions_end(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    ann = await hire(graph, "salesperson")
    key = await made(graph, ann)
    jti = (await claims_of(runtime, (await exchanged(runtime, key["key"])).token))["jti"]
    stranger = employee("api_key:create", "employee:read")

    assert (await graph(REVOKE, {"id": key["apiKey"]["id"]}, by=stranger)).codes == ["FORBIDDEN"]
    me = employee("employee:read", id=UUID(ann))
    assert not (await graph(REVOKE, {"id": key["apiKey"]["id"]}, by=me)).errors

    with pytest.raises(Unauthenticated):
        await exchanged(runtime, key["key"])
    assert not (await told(database, events.PrincipalChanged))[-1].active
    assert [event.session_id for event in await told(database, events.SessionEnded)] == [jti]


async def test_a_key_ends_at_its_time(graph: Graph, runtime: Runtime, clock: Clock) -> None:
    ann = await hire(graph, "salesperson")
    key = await made(graph, ann, expiresAt=now() + timedelta(hours=1))

    clock.ahead = timedelta(minutes=58)
    claims = await claims_of(runtime, (await exchanged(runtime, key["key"])).token)
    assert claims["exp"] - claims["iat"] <= 121
    clock.ahead = timedelta(minutes=61)
    with pytest.raises(Unauthenticated):
        await exchanged(runtime, key["key"])


async def test_keys_follow_their_owner_and_end_when_the_owner_leaves(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    ann = await hire(graph, "salesperson")
    key = await made(graph, ann)
    team = (await do(graph, "createTeam", "team { id }", name="East"))["team"]["id"]

    await do(graph, "moveEmployee", "employee { id }", id=ann, teamId=team)
    moved = (await told(database, events.PrincipalChanged))[-1]
    assert (moved.principal_id, moved.team_id, moved.version) == (key["apiKey"]["id"], team, 2)

    await do(graph, "deactivateEmployee", "employee { id }", id=ann)
    with pytest.raises(Unauthenticated):
        await exchanged(runtime, key["key"])
    gone = (await told(database, events.PrincipalChanged))[-1]
    assert (gone.principal_id, gone.active) == (key["apiKey"]["id"], False)


async def test_all_keys_are_listed_to_who_may_see_them(graph: Graph) -> None:
    ann = await hire(graph, "salesperson")
    prefix = (await made(graph, ann))["apiKey"]["prefix"]
    query = "query($p: String!) { apiKeys(filter: {prefix: {eq: $p}}) { nodes { name owner { name } } } }"

    found = await graph(query, {"p": prefix})

    assert found.data["apiKeys"]["nodes"] == [{"name": "web site", "owner": {"name": "Ann"}}]
    assert (await graph(query, {"p": prefix}, by=employee("employee:read"))).codes == ["FORBIDDEN"]
