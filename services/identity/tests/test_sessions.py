"""Signing in: at a pace that makes guessing hopeless, without telling who exists."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, KeySetSerialization
from sqlalchemy import select, text

from chassis.access import ANONYMOUS
from chassis.audit.context import coming_from
from chassis.database import Database, now
from chassis.errors import DomainError
from chassis.service import Runtime
from chassis.testing import Answer, Graph, employee
from identity.employees.models import Employee
from identity.roles.catalogue import EVERYBODY, ROLES
from identity.roles.queries import flat
from identity.sessions import queries
from identity.sessions.models import Session
from identity.sessions.signing_in import prove_identity
from identity.signing_keys.queries import published_keys
from identity.start import forget_expired
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import ADMINISTRATOR, PASSWORD, Clock, do, refused, told

SIGN_IN = """mutation($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { token expiresAt employee { id name } } }"""


async def sign_in(graph: Graph, email: str = ADMINISTRATOR, password: str = PASSWORD) -> Answer:
    return await graph(SIGN_IN, {"email": email, "password": password}, by=ANONYMOUS)


async def claims_of(runtime: Runtime, token: str) -> dict[str, Any]:
    keys = await published_keys(runtime.database, at=runtime.clock())
    decoded = jwt.decode(
        token, KeySet.import_key_set(cast(KeySetSerialization, {"keys": keys})), algorithms=["ES256"]
    )
    return decoded.claims


async def test_a_token_names_its_bearer_and_all_that_the_roles_grant(graph: Graph, runtime: Runtime) -> None:
    await graph(
        """mutation { registerEmployee(input: {email: "Wei@Example.org", name: "王伟", roles: ["salesperson"],
        password: "long enough"}) { employee { id } } }"""
    )

    signed_in = (await sign_in(graph, "WEI@example.org ", "long enough")).data["signIn"]

    claims = await claims_of(runtime, signed_in["token"])
    assert (claims["sub"], claims["name"], claims["kind"]) == (
        signed_in["employee"]["id"],
        "王伟",
        "employee",
    )
    assert (claims["iss"], claims["aud"], claims["roles"]) == (
        "http://127.0.0.1:9",
        "roundel",
        ["salesperson"],
    )
    assert set(claims["grants"]) == flat(ROLES["salesperson"].definition) | flat(ROLES[EVERYBODY].definition)
    assert claims["exp"] - claims["iat"] == 8 * 3600
    assert datetime.fromisoformat(signed_in["expiresAt"]).timestamp() == claims["exp"]


async def test_a_session_is_recorded_and_forgotten_when_it_is_over(
    graph: Graph, runtime: Runtime, database: Database, clock: Clock
) -> None:
    token = (await sign_in(graph)).data["signIn"]["token"]
    jti = (await claims_of(runtime, token))["jti"]

    await forget_expired(runtime)
    assert [str(row.id) for row in await database.read(select(Session.id))] == [jti]

    clock.ahead = timedelta(hours=9)
    await forget_expired(runtime)
    assert not await database.read(select(Session.id))


async def hire(graph: Graph, name: str) -> str:
    hired = {"email": f"{name}@example.org", "name": name, "password": "long enough"}
    return str((await do(graph, "registerEmployee", "employee { id }", **hired))["employee"]["id"])


async def test_one_sees_where_one_is_signed_in_and_ends_it(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    li = await hire(graph, "li")
    tokens = [(await sign_in(graph, "li@example.org", "long enough")).data["signIn"]["token"] for _ in "ab"]
    first, second = [(await claims_of(runtime, token))["jti"] for token in tokens]
    me = replace(employee("employee:read", id=UUID(li)), session=UUID(second))
    mine = "{ mySessions { id method current } }"

    assert (await graph(mine, by=me)).data["mySessions"] == [
        {"id": second, "method": "PASSWORD", "current": True},
        {"id": first, "method": "PASSWORD", "current": False},
    ]
    end = "mutation($id: ID!) { endSession(input: {id: $id}) { id } }"
    assert (await graph(end, {"id": first}, by=employee("employee:read"))).codes == ["NOT_FOUND"]
    for _ in range(2):
        assert (await graph(end, {"id": first}, by=me)).data == {"endSession": {"id": first}}

    assert [each["id"] for each in (await graph(mine, by=me)).data["mySessions"]] == [second]
    [event] = await told(database, events.SessionEnded)
    assert event.session_id == first
    assert event.expires_at.seconds == (await claims_of(runtime, tokens[0]))["exp"]


async def test_somebody_is_signed_out_everywhere_by_who_may(graph: Graph, database: Database) -> None:
    li = await hire(graph, "li")
    for _ in range(3):
        await sign_in(graph, "li@example.org", "long enough")
    end = "mutation($id: ID!) { endSessions(input: {employeeId: $id}) { ended } }"

    assert (await graph(end, {"id": li}, by=employee("employee:update"))).codes == ["FORBIDDEN"]
    assert (await graph(end, {"id": li}, by=employee("session:end"))).data["endSessions"] == {"ended": 3}
    assert (await graph(end, {"id": li}, by=employee("todo:read", id=UUID(li)))).data["endSessions"] == {
        "ended": 0
    }
    assert len(await told(database, events.SessionEnded)) == 3


@pytest.mark.parametrize(
    ("mutation", "rest"), [("deactivateEmployee", {}), ("setPassword", {"password": "another one"})]
)
async def test_sessions_end_with_the_employment_and_with_the_password(
    graph: Graph, database: Database, mutation: str, rest: dict[str, str]
) -> None:
    li = await hire(graph, "li")
    await sign_in(graph, "li@example.org", "long enough")

    await do(graph, mutation, "employee { id }", id=li, **rest)

    assert len(await told(database, events.SessionEnded)) == 1


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(graph: Graph) -> None:
    wrong = await sign_in(graph, password="wrong password")
    unknown = await sign_in(graph, email="nobody@example.org")

    assert wrong.codes == ["UNAUTHENTICATED"]
    assert wrong.errors[0]["message"] == unknown.errors[0]["message"]
    assert wrong.errors[0]["extensions"] == unknown.errors[0]["extensions"]


@pytest.mark.parametrize("email", [ADMINISTRATOR, "nobody@example.org"])
async def test_after_five_failures_an_address_has_to_wait(graph: Graph, clock: Clock, email: str) -> None:
    for _ in range(5):
        assert (await sign_in(graph, email, "wrong password")).codes == ["UNAUTHENTICATED"]

    refused = await sign_in(graph, email)

    assert refused.codes == ["LIMIT"]
    assert 800 < refused.errors[0]["extensions"]["facts"]["retryAfterSeconds"] <= 900
    clock.ahead = timedelta(minutes=15, seconds=1)
    assert (await sign_in(graph, email)).codes == ([] if email == ADMINISTRATOR else ["UNAUTHENTICATED"])


async def test_of_many_guesses_at_once_only_five_are_answered(graph: Graph) -> None:
    answers = await asyncio.gather(*(sign_in(graph, password=f"guess number {n}") for n in range(12)))

    codes = sorted(code for answer in answers for code in answer.codes)
    assert codes == ["LIMIT"] * 7 + ["UNAUTHENTICATED"] * 5


@pytest.mark.feature("F108")
async def test_many_accounts_tried_from_one_source_make_it_wait_and_no_other(
    database: Database, graph: Graph, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_FAILURES_FROM", 4)

    async def outcome(address: str, email: str, password: str = "a guess") -> str:
        with coming_from(address):
            try:
                await prove_identity(database, email=email, password=password, at=clock())
            except DomainError as error:
                waits = cast(int, error.facts.get("retryAfterSeconds", 0))
                return f"{error.code} for minutes" if 800 < waits <= 900 else error.code
            return "IN"

    guesses = await asyncio.gather(*(outcome(f"2001:db8::{n}", f"{n}@example.org") for n in range(6)))

    assert sorted(guesses) == ["LIMIT for minutes"] * 2 + ["UNAUTHENTICATED"] * 4  # at once, from one network
    assert await outcome("2001:db8::ffff", ADMINISTRATOR, PASSWORD) == "LIMIT for minutes"
    assert await outcome("2001:db8:0:1::1", ADMINISTRATOR, PASSWORD) == "IN"
    clock.ahead = timedelta(minutes=15, seconds=1)
    assert await outcome("2001:db8::1", ADMINISTRATOR, PASSWORD) == "IN"


async def test_the_right_password_lets_the_count_begin_anew(graph: Graph) -> None:
    for _ in range(2):
        for _ in range(4):
            await sign_in(graph, password="wrong password")
        assert not (await sign_in(graph)).errors


async def test_whoever_left_cannot_sign_in(graph: Graph) -> None:
    registered = await graph(
        """mutation { registerEmployee(input: {email: "li@example.org", name: "Li", password: "long enough"})
        { employee { id } } }"""
    )
    left = "mutation($id: ID!) { deactivateEmployee(input: {id: $id}) { employee { active } } }"
    await graph(left, {"id": registered.data["registerEmployee"]["employee"]["id"]})

    assert (await sign_in(graph, "li@example.org", "long enough")).codes == ["UNAUTHENTICATED"]


async def test_ones_own_password_is_changed_by_naming_the_present_one(graph: Graph) -> None:
    me = (await sign_in(graph)).data["signIn"]["employee"]["id"]
    caller = employee("employee:read", id=UUID(me))
    change = """mutation($id: ID!, $old: String, $new: String!) {
      setPassword(input: {id: $id, currentPassword: $old, password: $new}) { employee { id } } }"""

    assert (await graph(change, {"id": me, "new": "a new password"}, by=caller)).codes == ["UNAUTHENTICATED"]
    assert (await graph(change, {"id": me, "old": PASSWORD, "new": "short"}, by=caller)).codes == ["INVALID"]
    assert not (await graph(change, {"id": me, "old": PASSWORD, "new": "a new password"}, by=caller)).errors

    assert (await sign_in(graph)).codes == ["UNAUTHENTICATED"]
    assert not (await sign_in(graph, password="a new password")).errors


async def test_somebody_elses_password_takes_the_grant(graph: Graph) -> None:
    admin = (await sign_in(graph)).data["signIn"]["employee"]["id"]
    change = """mutation($id: ID!) {
      setPassword(input: {id: $id, password: "a new password"}) { employee { id } } }"""

    refused = await graph(change, {"id": admin}, by=employee("employee:read", "employee:update"))
    assert refused.codes == ["FORBIDDEN"]
    assert not (await graph(change, {"id": admin}, by=employee("employee:set_password"))).errors
    assert not (await sign_in(graph, password="a new password")).errors


async def test_a_new_password_is_a_change_of_the_employee(graph: Graph, database: Database) -> None:
    li = await hire(graph, "li")
    first = await do(
        graph, "setPassword", "employee { version }", id=li, password="a new one", expectedVersion=1
    )
    error = await refused(graph, "setPassword", id=li, password="a third one", expectedVersion=1)

    assert first["employee"]["version"] == 2
    [changed] = await database.read(select(Employee.credentials_changed_at).where(Employee.id == UUID(li)))
    assert changed.credentials_changed_at > now() - timedelta(minutes=1)
    assert error["facts"] == {"currentVersion": 2}


async def test_no_password_is_stored_legibly_or_in_a_digest_of_a_request(
    graph: Graph, database: Database
) -> None:
    ask = """mutation($password: String!) { registerEmployee(input: {email: "li@example.org", name: "Li",
      idempotencyKey: "k", password: $password}) { employee { id } } }"""
    caller = employee()
    first = await graph(ask, {"password": "long enough"}, by=caller)
    again = await graph(ask, {"password": "another one"}, by=caller)

    assert first.data == again.data  # so the kept digest does not depend on the password
    for table in ("password", "idempotency_key", "outbox_event", "employee"):
        for row in await database.read(text(f"SELECT t::text AS line FROM {table} t")):
            assert "long enough" not in row.line
            assert table == "password" or "$argon2" not in row.line
