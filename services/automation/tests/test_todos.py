"""To-dos: asked for, done, undone, and one inbox per employee."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from automation.__main__ import make
from automation.consumers import HANDLERS
from automation.employees.models import KnownEmployee
from automation.todos.importable import IMPORTABLE_TODOS
from chassis import testing
from chassis.access import ANONYMOUS
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.messaging.subscriber import NotYet
from chassis.testing import Graph, deliver, employee, outbox, statements
from roundel.identity.v1 import identity_events_pb2 as identity
from services.customer.tests.telling import merge_of

CREATE = "mutation($input: CreateTodoInput!) { createTodo(input: $input) { todo { id version } } }"
COMPLETE = """mutation($input: CompleteTodoInput!) { completeTodo(input: $input) {
  todo { status version completedBy { id } } } }"""
REOPEN = """mutation($input: ReopenTodoInput!) { reopenTodo(input: $input) {
  todo { status version completedAt } } }"""


async def known(database: Database, *roles: str) -> UUID:
    id = uuid4()
    event = identity.EmployeeRegistered(employee_id=str(id), version=1, name="Li", roles=roles)
    await deliver(database, "automation", HANDLERS, event)
    return id


async def create(graph: Graph, title: str, **rest: object) -> str:
    answer = await graph(CREATE, {"input": {"title": title, **rest}})
    assert not answer.errors
    return str(answer.data["createTodo"]["todo"]["id"])


async def test_a_todo_is_done_and_told_and_reopened(graph: Graph, database: Database) -> None:
    li = await known(database)
    caller = employee("todo:read", id=li)
    id = await create(graph, "Call back", assigneeId=li)

    done = await graph(COMPLETE, {"input": {"id": id, "expectedVersion": 1}}, by=caller)
    assert done.data["completeTodo"]["todo"] == {
        "status": "DONE",
        "version": 2,
        "completedBy": {"id": str(li)},
    }
    assert (await graph(COMPLETE, {"input": {"id": id}}, by=caller)).codes == ["CONFLICT"]
    undone = await graph(REOPEN, {"input": {"id": id, "expectedVersion": 2}}, by=caller)
    assert undone.data["reopenTodo"]["todo"] == {"status": "OPEN", "version": 3, "completedAt": None}

    told = await outbox(database)
    assert [event.type.rpartition(".")[2] for event in told] == [
        "TodoCreated",
        "TodoCompleted",
        "TodoReopened",
    ]
    assert told[1].data["completedBy"] == str(li)
    assert [event.data["assigneeId"] for event in told] == [str(li)] * 3


async def test_a_stale_version_changes_nothing(graph: Graph, database: Database) -> None:
    id = await create(graph, "Call back", assigneeId=await known(database))

    answer = await graph(COMPLETE, {"input": {"id": id, "expectedVersion": 9}})

    assert answer.codes == ["CONFLICT"]
    assert answer.errors[0]["extensions"]["facts"] == {"currentVersion": 1}
    assert len(await outbox(database)) == 1


async def test_only_who_is_asked_or_may_update_completes(graph: Graph, database: Database) -> None:
    id = await create(graph, "Check", assigneeId=await known(database))
    await known(database, "accountant")
    for_role = await create(graph, "Check", role="accountant")

    for caller, todo, codes in (
        (employee("todo:read"), id, ["FORBIDDEN"]),
        (employee("todo:read", roles=["agent"]), for_role, ["FORBIDDEN"]),
        (employee("todo:update"), id, []),
        (employee("todo:read", roles=["accountant"]), for_role, []),
        (ANONYMOUS, for_role, ["UNAUTHENTICATED"]),
    ):
        assert (await graph(COMPLETE, {"input": {"id": todo}}, by=caller)).codes == codes


@pytest.mark.parametrize(
    "input",
    [
        {"title": "For nobody"},
        {"title": "For a stranger", "assigneeId": str(uuid4())},
        {"title": "For a role that nobody has", "role": "emperor"},
        {"title": " ", "role": "accountant"},
        {"title": "Half", "role": "accountant", "aboutType": "Lead"},
    ],
)
async def test_a_refused_todo_tells_nobody(graph: Graph, database: Database, input: dict[str, Any]) -> None:
    await known(database, "accountant")

    assert (await graph(CREATE, {"input": input})).codes == ["INVALID"]
    assert not await outbox(database)


async def test_nobody_who_left_is_asked(graph: Graph, database: Database) -> None:
    li = await known(database)
    left = identity.EmployeeDeactivated(employee_id=str(li), version=2)
    await deliver(database, "automation", HANDLERS, left)

    assert (await graph(CREATE, {"input": {"title": "Call", "assigneeId": li}})).codes == ["INVALID"]

    back = identity.EmployeeReactivated(employee_id=str(li), version=3)
    await deliver(database, "automation", HANDLERS, back, left)
    assert not (await graph(CREATE, {"input": {"title": "Call", "assigneeId": li}})).errors


async def test_an_inbox_shows_ones_own_and_those_of_ones_roles_next_due_first(
    graph: Graph, database: Database
) -> None:
    li, wei = await known(database, "accountant"), await known(database, "agent")
    await create(graph, "mine, later", assigneeId=li, dueAt="2026-03-09T00:00:00Z")
    await create(graph, "for accountants", role="accountant", dueAt="2026-03-02T00:00:00Z")
    await create(graph, "for agents", role="agent")
    await create(graph, "somebody else's", assigneeId=wei)
    done = await create(graph, "done", assigneeId=li, dueAt="2026-03-01T00:00:00Z")
    caller = employee("todo:read", id=li, roles=["accountant"])
    await graph(COMPLETE, {"input": {"id": done}}, by=caller)
    query = "query($f: TodoFilter) { myTodos(filter: $f) { nodes { title } totalCount } }"

    everything = (await graph(query, by=caller)).data["myTodos"]
    still = (await graph(query, {"f": {"status": {"eq": "OPEN"}}}, by=caller)).data["myTodos"]

    assert [todo["title"] for todo in everything["nodes"]] == ["done", "for accountants", "mine, later"]
    assert [todo["title"] for todo in still["nodes"]] == ["for accountants", "mine, later"]
    assert still["totalCount"] == 2
    nobody = await graph(query, by=employee("todo:read"))
    assert nobody.data["myTodos"] == {"nodes": [], "totalCount": 0}
    assert (await graph(query, by=ANONYMOUS)).codes == ["UNAUTHENTICATED"]


async def test_all_todos_are_paged_and_filtered(graph: Graph, database: Database) -> None:
    li = await known(database)
    for day in (3, 1, 2):
        await create(graph, f"day {day}", assigneeId=li, dueAt=f"2026-03-0{day}T00:00:00Z")
    await create(graph, "some day", assigneeId=li)
    query = """query($after: String, $f: TodoFilter) { todos(first: 2, after: $after, filter: $f) {
      nodes { title } totalCount pageInfo { hasNextPage endCursor } } }"""

    first = (await graph(query)).data["todos"]
    rest = (await graph(query, {"after": first["pageInfo"]["endCursor"]})).data["todos"]
    assert [todo["title"] for todo in first["nodes"] + rest["nodes"]] == [
        "day 1",
        "day 2",
        "day 3",
        "some day",
    ]
    assert (first["totalCount"], rest["pageInfo"]["hasNextPage"]) == (4, False)
    soon = {"f": {"dueAt": {"lt": "2026-03-02T00:00:00Z"}}}
    assert (await graph(query, soon)).data["todos"]["totalCount"] == 1


@pytest.mark.feature("F14")
async def test_todos_of_many_customers_and_employees_cost_one_statement_each(
    graph: Graph, database: Database
) -> None:
    li, customers = await known(database), [str(uuid4()) for _ in range(3)]
    for customer in customers[:2]:
        await create(graph, "Call", assigneeId=li, customerId=customer)
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Customer { todos(first: 5) { nodes { title assignee { id } customer { id } } totalCount } }
      ... on Employee { todos(first: 5) { nodes { title } } } } }"""
    named = [{"__typename": "Customer", "id": id} for id in customers]
    named.append({"__typename": "Employee", "id": str(li)})

    with statements(database) as ran:
        answer = await graph(query, {"r": named})

    assert not answer.errors
    assert [len(found["todos"]["nodes"]) for found in answer.data["_entities"]] == [1, 1, 0, 2]
    assert 0 < len(ran) <= 3  # to-dos of customers, their count, to-dos of the employee


async def test_a_customer_stays_visible_to_who_may_not_see_todos(graph: Graph) -> None:
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Customer { id todos { totalCount } } } }"""
    id = str(uuid4())

    answer = await graph(query, {"r": [{"__typename": "Customer", "id": id}]}, by=employee("customer:read"))

    assert answer.codes == ["FORBIDDEN"]
    assert answer.data == {"_entities": [{"id": id, "todos": None}]}


async def test_older_news_of_an_employee_changes_nothing(database: Database) -> None:
    id = await known(database, "agent")
    for version, role in ((3, "accountant"), (2, "marketer")):
        news = identity.RolesChanged(employee_id=str(id), version=version, roles=[role])
        await deliver(database, "automation", HANDLERS, news)
    again = identity.EmployeeRegistered(employee_id=str(id), version=1, name="Li", roles=["agent"])
    await deliver(database, "automation", HANDLERS, again)

    assert [row.roles for row in await database.read(select(KnownEmployee.roles))] == [["accountant"]]


async def test_news_of_an_employee_who_is_not_known_yet_waits(database: Database) -> None:
    for news in (
        identity.RolesChanged(employee_id=str(uuid4()), version=2),
        identity.EmployeeDeactivated(employee_id=str(uuid4()), version=2),
        identity.EmployeeReactivated(employee_id=str(uuid4()), version=3),
    ):
        with pytest.raises(NotYet):
            await deliver(database, "automation", HANDLERS, news)


@pytest.mark.feature("F21")
async def test_each_row_of_a_file_asks_for_one_thing(graph: Graph, database: Database) -> None:
    await known(database, "sales")
    todos = Clerk(make(), testing.runtime(database), IMPORTABLE_TODOS)

    done = await todos.bring("待办,负责人,角色,截止时间\n回电,Li,,2026-03-01 09:00\n报价,,sales,\n谁来,,,\n")

    assert counts(done) == {"created": 2, "refused": 1}
    found = (await graph("{ todos { nodes { id title role assignee { id } } } }")).data["todos"]["nodes"]
    assert {todo["title"] for todo in found} == {"回电", "报价"}

    [id] = [todo["id"] for todo in found if todo["title"] == "回电"]
    assert not (await graph(COMPLETE, {"input": {"id": id}})).errors
    undone = await todos.undo(done["id"])

    assert (undone["removed"], undone["leftRows"]) == (1, [{"id": id, "reason": "It was changed since"}])
    assert [
        todo["title"] for todo in (await graph("{ todos { nodes { title } } }")).data["todos"]["nodes"]
    ] == ["回电"]
    assert (await outbox(database))[-1].type == "roundel.automation.v1.TodoRemoved"


@pytest.mark.feature("F20")
async def test_a_todo_follows_its_customer_into_a_merge_and_back(graph: Graph, database: Database) -> None:
    winner, loser, li = uuid4(), uuid4(), await known(database)
    id = await create(graph, "Call back", assigneeId=li, customerId=loser)
    merged, unmerged = merge_of(winner, loser)
    query = "query($id: ID!) { todos(filter: {customerId: {eq: $id}}) { nodes { id } } }"
    for event, whose in ((merged, winner), (unmerged, loser)):
        await deliver(database, "automation", HANDLERS, event)
        assert (await graph(query, {"id": str(whose)})).data["todos"]["nodes"] == [{"id": id}]
