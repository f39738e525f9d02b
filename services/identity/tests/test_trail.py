"""What a company configures leaves a trail: who changed which rights, keys, sessions and passwords."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.access import ANONYMOUS
from chassis.database import Database, now
from chassis.testing import Graph, employee

from .conftest import ADMINISTRATOR, PASSWORD, do

SIGN_IN = f"""mutation {{ signIn(input: {{email: "{ADMINISTRATOR}", password: "{PASSWORD}"}}) {{
  employee {{ id }} }} }}"""


async def trail(graph: Graph, object: str) -> list[dict[str, Any]]:
    query = """query($object: String!) { identityAudit(filter: {object: $object}) { nodes {
      action recordId actorId changes { field before after } } } }"""
    answer = await graph(query, {"object": object})
    assert not answer.errors, answer.errors
    found: list[dict[str, Any]] = answer.data["identityAudit"]["nodes"]
    return found


def fields(entry: dict[str, Any]) -> set[str]:
    return {change["field"] for change in entry["changes"]}


@pytest.mark.feature("F109")
async def test_sign_ins_and_ends_of_sessions_leave_a_trail(graph: Graph) -> None:
    me = (await graph(SIGN_IN, by=ANONYMOUS)).data["signIn"]["employee"]["id"]
    await do(graph, "endSessions", "ended", employeeId=me)

    ended, begun = await trail(graph, "session")

    assert (begun["action"], ended["action"]) == ("CREATED", "UPDATED")
    assert ended["recordId"] == begun["recordId"]
    subject = {change["field"]: change["after"] for change in begun["changes"]}
    assert subject == {"subjectId": me, "how": "password"}
    assert "endedAt" in fields(ended)


@pytest.mark.feature("F109")
async def test_roles_keys_and_passwords_leave_a_trail_without_secrets(
    graph: Graph, database: Database
) -> None:
    me = UUID((await graph(SIGN_IN, by=ANONYMOUS)).data["signIn"]["employee"]["id"])
    create = """mutation($until: DateTime!) { createApiKey(input: {name: "site", roles: ["integration"],
      expiresAt: $until}) { key apiKey { id } } }"""
    made = (await graph(create, {"until": now() + timedelta(days=1)}, by=employee(id=me))).data[
        "createApiKey"
    ]
    await do(graph, "retireRole", "role { id }", id=(await graph("{ roles { id } }")).data["roles"][0]["id"])
    hired = {"email": "li@example.org", "name": "Li"}
    li = (await do(graph, "registerEmployee", "employee { id }", **hired))["employee"]["id"]
    await do(graph, "setPassword", "employee { id }", id=li, password="long enough")

    [key] = await trail(graph, "api_key")
    assert (key["action"], key["recordId"], key["actorId"]) == ("CREATED", made["apiKey"]["id"], str(me))
    assert fields((await trail(graph, "role"))[0]) >= {"retired"}
    assert fields((await trail(graph, "employee"))[0]) == {"credentialsChangedAt"}
    for row in await database.read(text("SELECT a::text AS line FROM audit_entry a")):
        assert made["key"][11:] not in row.line
        assert "$argon2" not in row.line
    hashes = await database.read(text("SELECT hash FROM api_key"))
    assert not await database.read(
        text("SELECT 1 FROM audit_entry WHERE changes::text LIKE '%' || :hash || '%'"),
        {"hash": hashes[0].hash},
    )
