"""Employees and teams: told to the others, changed with care, found by loaders."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.testing import Answer, Graph, employee, outbox, statements
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import ADMINISTRATOR, told

REGISTER = """mutation($input: RegisterEmployeeInput!) {
  registerEmployee(input: $input) { employee { id version name email roles team { name } } } }"""
TEAM = "mutation($input: CreateTeamInput!) { createTeam(input: $input) { team { id version } } }"


async def register(graph: Graph, name: str, **rest: object) -> dict[str, Any]:
    email = f"{name.replace(' ', '.').lower()}@example.org"
    answer = await graph(REGISTER, {"input": {"name": name, "email": email, **rest}})
    assert not answer.errors
    found: dict[str, Any] = answer.data["registerEmployee"]["employee"]
    return found


async def team(graph: Graph, name: str, **rest: object) -> str:
    answer = await graph(TEAM, {"input": {"name": name, **rest}})
    assert not answer.errors
    return str(answer.data["createTeam"]["team"]["id"])


async def change(graph: Graph, mutation: str, **input: object) -> Answer:
    type_ = mutation[0].upper() + mutation[1:] + "Input!"
    query = (
        f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ employee {{ version roles active }} }} }}"
    )
    return await graph(query, {"input": input})


async def test_a_registered_employee_is_told_to_the_others(graph: Graph, database: Database) -> None:
    east = await team(graph, "华东")
    found = await register(graph, "Li Wei", teamId=east, roles=["salesperson", "salesperson"])

    assert found["team"] == {"name": "华东"}
    event = (await told(database, events.EmployeeRegistered))[-1]
    assert (event.employee_id, event.version, event.team_id) == (found["id"], 1, east)
    assert (event.name, list(event.roles)) == ("Li Wei", ["salesperson"])


@pytest.mark.parametrize(
    ("input", "code"),
    [
        ({"email": ADMINISTRATOR.upper(), "name": "Eve"}, "CONFLICT"),
        ({"email": "eve", "name": "Eve"}, "INVALID"),
        ({"email": "eve@example.org", "name": " "}, "INVALID"),
        ({"email": "eve@example.org", "name": "Eve", "roles": ["emperor"]}, "INVALID"),
        ({"email": "eve@example.org", "name": "Eve", "password": "short"}, "INVALID"),
        ({"email": "eve@example.org", "name": "Eve", "teamId": str(uuid4())}, "NOT_FOUND"),
    ],
)
async def test_a_refused_registration_tells_nobody(
    graph: Graph, database: Database, input: dict[str, Any], code: str
) -> None:
    assert (await graph(REGISTER, {"input": input})).codes == [code]
    assert len(await told(database, events.EmployeeRegistered)) == 1  # the administrator


async def test_giving_roles_takes_a_grant_of_its_own(graph: Graph) -> None:
    caller = employee("employee:create", "employee:import", "employee:read", "team:read")
    eve = {"email": "eve@example.org", "name": "Eve"}
    powerful = {**eve, "roles": ["administrator"]}
    importing = (
        "mutation($input: ImportEmployeesInput!) { importEmployees(input: $input) { rows { index } } }"
    )

    assert (await graph(REGISTER, {"input": powerful}, by=caller)).codes == ["FORBIDDEN"]
    assert (await graph(importing, {"input": {"rows": [powerful]}}, by=caller)).codes == ["FORBIDDEN"]
    assert not (await graph(REGISTER, {"input": eve}, by=caller)).errors


async def test_moves_and_roles_and_departure_are_told_in_order(graph: Graph, database: Database) -> None:
    id = (await register(graph, "Li Wei"))["id"]
    east = await team(graph, "East")

    assert not (await change(graph, "moveEmployee", id=id, teamId=east, expectedVersion=1)).errors
    assert not (await change(graph, "changeRoles", id=id, roles=["agent"], expectedVersion=2)).errors
    answer = await change(graph, "deactivateEmployee", id=id, reason="retired", expectedVersion=3)

    assert answer.data["deactivateEmployee"]["employee"] == {
        "version": 4,
        "roles": ["agent"],
        "active": False,
    }
    rows = [(event.type.rpartition(".")[2], event.data["version"]) for event in (await outbox(database))[-6:]]
    principal = "PrincipalChanged"
    assert rows == [
        *(("EmployeeMoved", "2"), (principal, "2")),
        *(("RolesChanged", "3"), (principal, "3")),
        *(("EmployeeDeactivated", "4"), (principal, "4")),
    ]
    assert (await change(graph, "moveEmployee", id=id)).codes == ["CONFLICT"]


async def test_a_stale_version_is_a_conflict_that_names_the_current_one(graph: Graph) -> None:
    id = (await register(graph, "Li Wei"))["id"]

    answer = await change(graph, "changeRoles", id=id, roles=["agent"], expectedVersion=7)

    assert answer.codes == ["CONFLICT"]
    assert answer.errors[0]["extensions"]["facts"] == {"currentVersion": 1}


async def test_the_last_administrator_can_neither_leave_nor_step_down(
    graph: Graph, database: Database
) -> None:
    [ada] = await database.read(text("SELECT id FROM employee"))

    assert (await change(graph, "deactivateEmployee", id=ada.id)).codes == ["CONFLICT"]
    assert (await change(graph, "changeRoles", id=ada.id, roles=["agent"])).codes == ["CONFLICT"]

    await register(graph, "Grace", roles=["administrator"])
    assert not (await change(graph, "deactivateEmployee", id=ada.id)).errors


async def test_teams_form_a_tree(graph: Graph, database: Database) -> None:
    lead = (await register(graph, "Li Wei"))["id"]
    sales = await team(graph, "Sales", managerId=lead)
    assert [team.name for team in await told(database, events.TeamCreated)] == ["Sales"]
    east = await team(graph, "East", parentId=sales)
    city = await team(graph, "Shanghai", parentId=east)
    await register(graph, "Zhang San", teamId=city)

    query = """query($id: ID!, $top: ID!) {
      team(id: $id) { ancestors { name } parent { name } members { nodes { name } totalCount } }
      top: team(id: $top) { manager { name } ancestors { name } subteams { nodes { name } } } }"""
    answer = await graph(query, {"id": city, "top": sales})

    assert answer.data == {
        "team": {
            "ancestors": [{"name": "Sales"}, {"name": "East"}],
            "parent": {"name": "East"},
            "members": {"nodes": [{"name": "Zhang San"}], "totalCount": 1},
        },
        "top": {"manager": {"name": "Li Wei"}, "ancestors": [], "subteams": {"nodes": [{"name": "East"}]}},
    }
    below = text("SELECT count(*) AS n FROM team WHERE path <@ (SELECT path FROM team WHERE name = 'Sales')")
    assert (await database.read(below))[0].n == 3


async def test_two_teams_of_one_name_need_different_parents(graph: Graph) -> None:
    north = await team(graph, "North")
    await team(graph, "Service", parentId=north)
    await team(graph, "Service")

    for place in ({"parentId": north}, {}):
        assert (await graph(TEAM, {"input": {"name": "Service", **place}})).codes == ["CONFLICT"]


async def test_employees_are_found_and_sorted(graph: Graph) -> None:
    for name, roles in (("张三", ["agent"]), ("Adam", ["agent"]), ("李四", ["agent", "accountant"])):
        await graph(
            REGISTER, {"input": {"name": name, "email": f"{len(name)}{ord(name[0])}@a.org", "roles": roles}}
        )
    query = """query($filter: EmployeeFilter) {
      employees(filter: $filter, sort: {by: NAME}) { nodes { name } totalCount } }"""

    agents = (await graph(query, {"filter": {"roles": {"contains": "agent"}}})).data["employees"]
    assert agents == {"nodes": [{"name": "Adam"}, {"name": "李四"}, {"name": "张三"}], "totalCount": 3}
    others = await graph(query, {"filter": {"not": {"roles": {"contains": "agent"}}}})
    assert others.data["employees"]["nodes"] == [{"name": "Administrator"}]


async def test_employees_that_others_point_to_cost_one_statement(graph: Graph, database: Database) -> None:
    east = await team(graph, "East")
    ids = [(await register(graph, name, teamId=east))["id"] for name in ("Ann", "Bob", "Cid")]
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Employee { name team { name } } } }"""
    named = [{"__typename": "Employee", "id": id} for id in [*ids, str(uuid4())]]

    with statements(database) as ran:
        answer = await graph(query, {"r": named})

    assert [found and found["name"] for found in answer.data["_entities"]] == ["Ann", "Bob", "Cid", None]
    assert 0 < len(ran) <= 2  # employees, teams


async def test_an_import_answers_row_by_row(graph: Graph, database: Database) -> None:
    query = """mutation($input: ImportEmployeesInput!) { importEmployees(input: $input) {
      rows { index outcome id code } } }"""
    rows = [
        {"name": "Anna Snelling", "email": "anna@example.org", "externalId": "a1", "roles": ["salesperson"]},
        {"name": "Nobody", "email": "no address"},
        {"name": "Ann", "email": "ANNA@example.org"},
    ]

    dry = (await graph(query, {"input": {"rows": rows, "dryRun": True}})).data["importEmployees"]["rows"]
    assert len(await told(database, events.EmployeeRegistered)) == 1
    wet = (await graph(query, {"input": {"rows": rows}})).data["importEmployees"]["rows"]

    for answered in (dry, wet):
        assert [row["outcome"] for row in answered] == ["CREATED", "REFUSED", "SKIPPED"]
    assert wet[1]["code"] == "INVALID"
    assert wet[0]["id"] == wet[2]["id"]
    rows = [{"name": "Anna", "email": "other@example.org", "externalId": "a1", "roles": ["agent"]}]
    again = await graph(query, {"input": {"rows": rows, "duplicates": "UPDATE"}})
    assert again.data["importEmployees"]["rows"][0] == {**wet[0], "outcome": "UPDATED"}
    assert len(await told(database, events.EmployeeRegistered)) == 2
    assert [list(event.roles) for event in await told(database, events.RolesChanged)] == [["agent"]]


async def test_everybody_sees_themselves_and_the_roles(graph: Graph) -> None:
    found = await register(graph, "Li Wei")

    me = employee("employee:read", id=UUID(found["id"]))

    answer = await graph("{ me { name } roles { name grants } }", by=me)

    assert answer.data["me"] == {"name": "Li Wei"}
    assert {"name": "administrator", "grants": ["*:*"]} in answer.data["roles"]
