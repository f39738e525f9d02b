"""Projects: opened by a signature, delivered step by step, accepted by the customer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from chassis import testing
from chassis.database import Database, now
from chassis.errors import Conflict
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, deliver, employee, outbox, statements
from project.__main__ import make
from project.consumers import HANDLERS
from project.tasks.importable import IMPORTABLE_TASKS
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.sales.v1 import sales_events_pb2 as sales
from services.customer.tests.telling import merge_of

PROJECT = """query($id: ID!) { project(id: $id) {
  name status version startsOn endsOn contractNumber contract { id } customer { id } manager { id }
  milestones { id name position dueOn status version }
  tasks { nodes { id name requirements { id } status version } totalCount } } }"""
ACCEPT_MILESTONE = """mutation($input: AcceptMilestoneInput!) {
  acceptMilestone(input: $input) { milestone { status acceptedOn version } } }"""
ACCEPT_PROJECT = """mutation($input: AcceptProjectInput!) {
  acceptProject(input: $input) { project { status acceptedOn version } } }"""
ASSIGN = """mutation($input: AssignProjectManagerInput!) {
  assignProjectManager(input: $input) { project { manager { id } version } } }"""
COMPLETE = "mutation($input: CompleteTaskInput!) { completeTask(input: $input) { task { status doneAt } } }"
ADD = "mutation($input: AddTaskInput!) { addTask(input: $input) { task { id name assignee { id } } } }"


def signature(**given: Any) -> sales.ContractSigned:
    told: dict[str, Any] = {
        "contract_id": str(uuid4()),
        "version": 2,
        "number": "C-2026-0001",
        "title": "官网改版",
        "customer_id": str(uuid4()),
        "signed_on": "2026-03-01",
        "starts_on": "2026-03-10",
        "ends_on": "2026-06-18",
    }
    signed = sales.ContractSigned(**(told | given))
    signed.occurred_at.FromDatetime(datetime(2026, 3, 1, 9, tzinfo=UTC))
    return signed


async def sign(database: Database, *signed: sales.ContractSigned, id: UUID | None = None) -> None:
    await deliver(database, "project", HANDLERS, *signed, id=id)


async def told(database: Database, type: str) -> list[dict[str, Any]]:
    return [event.data for event in await outbox(database) if event.type == f"roundel.project.v1.{type}"]


async def opened(graph: Graph, database: Database, **given: Any) -> Any:
    await sign(database, signature(**given))
    id = (await told(database, "ProjectOpened"))[-1]["projectId"]
    return {"id": id, **(await graph(PROJECT, {"id": id})).data["project"]}


async def hire(database: Database, id: UUID) -> None:
    await deliver(
        database, "project", HANDLERS, identity.EmployeeRegistered(employee_id=str(id), version=1, name="Ada")
    )


async def accept(graph: Graph, milestone: Any, **given: Any) -> Any:
    return await graph(ACCEPT_MILESTONE, {"input": {"id": milestone["id"], **given}})


@pytest.mark.feature("F50", "F51")
async def test_a_signature_opens_a_project_with_milestones_and_a_start_task(
    graph: Graph, database: Database
) -> None:
    signed = signature()
    await sign(database, signed)

    [answer] = await told(database, "ProjectOpened")
    found = (await graph(PROJECT, {"id": answer["projectId"]})).data["project"]
    assert found["status"] == "PLANNED"
    assert found["manager"] is None
    assert found["contract"] == {"id": signed.contract_id}
    assert found["customer"] == {"id": signed.customer_id}
    assert [(m["position"], m["dueOn"]) for m in found["milestones"]] == [
        (1, "2026-03-10"),
        (2, "2026-05-29"),
        (3, "2026-06-18"),
    ]
    [task] = found["tasks"]["nodes"]
    assert task["name"] == "新项目启动 / Project start"
    assert task["requirements"] == {"id": signed.contract_id}
    assert answer["contractId"] == signed.contract_id
    assert answer["occurredAt"] == "2026-03-01T09:00:00Z"


async def test_the_same_event_twice_opens_and_tells_once(database: Database) -> None:
    signed, id = signature(), uuid4()
    await sign(database, signed, id=id)
    await sign(database, signed, id=id)

    assert len(await outbox(database)) == 1


async def test_a_signature_told_anew_is_answered_with_the_same_project(
    graph: Graph, database: Database
) -> None:
    signed = signature()
    await sign(database, signed, signed)

    first, second = await told(database, "ProjectOpened")
    assert first == second
    answer = await graph("{ projects { totalCount nodes { tasks { totalCount } milestones { id } } } }")
    assert answer.data["projects"]["totalCount"] == 1
    [found] = answer.data["projects"]["nodes"]
    assert found["tasks"]["totalCount"] == 1
    assert len(found["milestones"]) == 3


async def test_a_signature_told_to_many_replicas_at_once_opens_one_project(
    graph: Graph, database: Database
) -> None:
    signed = signature()

    async def told_until_answered() -> None:
        while True:
            try:
                return await sign(database, signed)
            except (Conflict, IntegrityError):  # comes again, as the subscriber does it
                continue

    await asyncio.gather(*(told_until_answered() for _ in range(5)))

    assert len({event["projectId"] for event in await told(database, "ProjectOpened")}) == 1
    assert (await graph("{ projects { totalCount } }")).data["projects"]["totalCount"] == 1


async def test_a_contract_without_an_end_gives_a_project_of_typical_length(
    graph: Graph, database: Database
) -> None:
    found = await opened(graph, database, starts_on="", ends_on="", title="")

    assert (found["startsOn"], found["endsOn"]) == ("2026-03-01", "2026-05-30")
    assert found["name"] == "C-2026-0001"


@pytest.mark.feature("F51")
async def test_milestones_are_accepted_in_order(graph: Graph, database: Database) -> None:
    project = await opened(graph, database)
    kick_off, delivery, _ = project["milestones"]

    early = await accept(graph, delivery)
    assert early.codes == ["CONFLICT"]
    assert kick_off["name"] in early.errors[0]["message"]
    assert early.errors[0]["extensions"]["facts"] == {"milestoneId": kick_off["id"]}
    assert not await told(database, "MilestoneAccepted")

    done = await accept(graph, kick_off, acceptedOn="2026-03-12", expectedVersion=1)
    assert done.data["acceptMilestone"]["milestone"] == {
        "status": "ACCEPTED",
        "acceptedOn": "2026-03-12",
        "version": 2,
    }
    [event] = await told(database, "MilestoneAccepted")
    assert event["milestoneId"] == kick_off["id"]
    assert event["occurredAt"] == "2026-03-12T00:00:00Z"
    assert (await graph(PROJECT, {"id": project["id"]})).data["project"]["status"] == "RUNNING"
    assert (await accept(graph, kick_off)).codes == ["CONFLICT"]


@pytest.mark.feature("F51", "F56")
async def test_a_project_is_accepted_when_all_its_milestones_are(graph: Graph, database: Database) -> None:
    project = await opened(graph, database)
    asked = {"input": {"id": project["id"], "acceptedOn": "2026-06-20"}}

    early = await graph(ACCEPT_PROJECT, asked)
    assert early.codes == ["CONFLICT"]
    assert project["milestones"][0]["name"] in early.errors[0]["message"]
    for milestone in project["milestones"]:
        await accept(graph, milestone)
    done = await graph(ACCEPT_PROJECT, asked)

    assert done.data["acceptProject"]["project"]["status"] == "ACCEPTED"
    [event] = await told(database, "ProjectAccepted")
    assert event["contractId"] == project["contract"]["id"]
    assert event["occurredAt"] == "2026-06-20T00:00:00Z"
    assert (await graph(ACCEPT_PROJECT, asked)).codes == ["CONFLICT"]


async def test_a_day_to_come_is_no_day_of_acceptance(graph: Graph, database: Database) -> None:
    project = await opened(graph, database)
    day = (now() + timedelta(days=5)).date().isoformat()

    assert (await accept(graph, project["milestones"][0], acceptedOn=day)).codes == ["INVALID"]
    assert not await told(database, "MilestoneAccepted")


async def test_somebody_who_works_here_is_put_in_charge(graph: Graph, database: Database) -> None:
    project, manager = await opened(graph, database), uuid4()
    await hire(database, manager)

    answer = await graph(ASSIGN, {"input": {"id": project["id"], "managerId": manager}})

    assert answer.data["assignProjectManager"]["project"] == {"manager": {"id": str(manager)}, "version": 2}
    [event] = await told(database, "ProjectManagerAssigned")
    assert event["managerId"] == str(manager)


async def test_nobody_unknown_or_gone_is_put_in_charge(graph: Graph, database: Database) -> None:
    project, manager = await opened(graph, database), uuid4()
    asked = {"input": {"id": project["id"], "managerId": manager}}
    assert (await graph(ASSIGN, asked)).codes == ["NOT_FOUND"]

    left = identity.EmployeeDeactivated(employee_id=str(manager), version=2)
    await deliver(database, "project", HANDLERS, left)
    await hire(database, manager)  # told late

    assert (await graph(ASSIGN, asked)).codes == ["CONFLICT"]
    assert not await told(database, "ProjectManagerAssigned")

    back = identity.EmployeeReactivated(employee_id=str(manager), version=3)
    await deliver(database, "project", HANDLERS, back, left)
    assert not (await graph(ASSIGN, asked)).errors


async def test_the_first_completed_task_sets_the_project_going(graph: Graph, database: Database) -> None:
    project = await opened(graph, database)
    asked = {"input": {"id": project["tasks"]["nodes"][0]["id"], "at": "2026-03-11T08:00:00+08:00"}}

    answer = await graph(COMPLETE, asked)

    assert answer.data["completeTask"]["task"] == {"status": "DONE", "doneAt": "2026-03-11T00:00:00+00:00"}
    assert (await graph(PROJECT, {"id": project["id"]})).data["project"]["status"] == "RUNNING"
    assert (await graph(COMPLETE, asked)).codes == ["CONFLICT"]


async def test_work_is_added_to_a_project_until_it_is_accepted(graph: Graph, database: Database) -> None:
    project, ada = await opened(graph, database), uuid4()
    await hire(database, ada)
    asked = {"input": {"projectId": project["id"], "name": "需求确认", "assigneeId": ada}}

    answer = await graph(ADD, asked)
    assert answer.data["addTask"]["task"]["assignee"] == {"id": str(ada)}
    assert (await graph(ADD, {"input": {"projectId": project["id"], "name": " "}})).codes == ["INVALID"]
    assert (await graph(ADD, {"input": {"projectId": uuid4(), "name": "x"}})).codes == ["NOT_FOUND"]

    for milestone in project["milestones"]:
        await accept(graph, milestone)
    await graph(ACCEPT_PROJECT, {"input": {"id": project["id"]}})
    assert (await graph(ADD, asked)).codes == ["CONFLICT"]


async def test_a_stale_version_changes_nothing(graph: Graph, database: Database) -> None:
    project = await opened(graph, database)

    answer = await accept(graph, project["milestones"][0], expectedVersion=7)

    assert answer.codes == ["CONFLICT"]
    assert answer.errors[0]["extensions"]["facts"] == {"currentVersion": 1}
    assert not await told(database, "MilestoneAccepted")


async def test_who_lacks_the_grant_is_refused(graph: Graph, database: Database) -> None:
    project, reader = await opened(graph, database), employee("project:read", "milestone:read")

    refused = await graph(ACCEPT_PROJECT, {"input": {"id": project["id"]}}, by=reader)
    assert refused.codes == ["FORBIDDEN"]
    assert not (await graph(PROJECT, {"id": project["id"]}, by=reader)).errors
    seller = employee("lead:read")
    assert (await graph(PROJECT, {"id": project["id"]}, by=seller)).codes == ["FORBIDDEN"]


async def test_projects_are_filtered_sorted_and_paged(graph: Graph, database: Database) -> None:
    for number, ends_on in enumerate(("2026-08-01", "2026-07-01", "2026-09-01"), 1):
        await sign(database, signature(number=f"C-{number}", ends_on=ends_on))
    query = """query($filter: ProjectFilter, $after: String) {
      projects(filter: $filter, sort: {by: ENDS_ON}, first: 2, after: $after) {
        nodes { contractNumber } totalCount pageInfo { endCursor hasNextPage } } }"""

    page = (await graph(query)).data["projects"]
    assert [node["contractNumber"] for node in page["nodes"]] == ["C-2", "C-1"]
    rest = (await graph(query, {"after": page["pageInfo"]["endCursor"]})).data["projects"]
    assert [node["contractNumber"] for node in rest["nodes"]] == ["C-3"]
    late = {"endsOn": {"gte": "2026-08-01"}, "status": {"eq": "PLANNED"}}
    assert (await graph(query, {"filter": late})).data["projects"]["totalCount"] == 2


async def test_projects_of_many_customers_and_contracts_cost_one_statement_a_loader(
    graph: Graph, database: Database
) -> None:
    signatures = [signature() for _ in range(3)]
    await sign(database, *signatures)
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Customer { projects { nodes { name milestones { name } tasks { nodes { name } } } } }
      ... on Contract { project { name } } } }"""
    representations = [{"__typename": "Customer", "id": signed.customer_id} for signed in signatures]
    representations += [{"__typename": "Contract", "id": signed.contract_id} for signed in signatures]
    representations.append({"__typename": "Contract", "id": str(uuid4())})

    with statements(database) as ran:
        answer = await graph(query, {"r": representations})

    assert [len(found["projects"]["nodes"]) for found in answer.data["_entities"][:3]] == [1, 1, 1]
    assert answer.data["_entities"][3] == {"project": {"name": "官网改版"}}
    assert answer.data["_entities"][6] == {"project": None}
    assert 0 < len(ran) <= 4  # projects of customers, projects of contracts, milestones, tasks


@pytest.mark.feature("F21")
async def test_each_row_of_a_file_adds_a_task_until_it_is_undone(graph: Graph, database: Database) -> None:
    signed = signature(number="C-2026-0042")
    await deliver(database, "project", HANDLERS, signed)
    tasks = Clerk(make(), testing.runtime(database), IMPORTABLE_TASKS)

    done = await tasks.bring("项目,任务,截止日期\nC-2026-0042,测试,2026/4/1\n官网改版,上线,\n无此项目,x,\n")

    assert counts(done) == {"created": 2, "refused": 1}
    assert (await tasks.undo(done["id"]))["removed"] == 2


@pytest.mark.feature("F20")
async def test_a_project_follows_its_customer_into_a_merge_and_back(graph: Graph, database: Database) -> None:
    winner, loser = str(uuid4()), str(uuid4())
    id = (await opened(graph, database, customer_id=loser))["id"]
    merged, unmerged = merge_of(winner, loser)
    for event, customer in ((merged, winner), (unmerged, loser)):
        await deliver(database, "project", HANDLERS, event)
        assert (await graph(PROJECT, {"id": id})).data["project"]["customer"] == {"id": customer}
