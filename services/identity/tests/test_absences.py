"""Who is away: several times, told to everybody, and back when it is over."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.database import Database, now
from chassis.testing import Graph, employee, statements
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import Clock, do, refused, told

AWAY = "employee { id version absentNow absences { nodes { id note startsAt endsAt } } }"
BEGIN = now().replace(microsecond=0)


def day(n: float) -> datetime:
    return BEGIN + timedelta(days=n)


async def hire(graph: Graph, name: str = "ann") -> str:
    made = await do(graph, "registerEmployee", "employee { id }", email=f"{name}@b.cn", name=name)
    return str(made["employee"]["id"])


async def plan(graph: Graph, id: str, start: float, end: float, note: str = "") -> dict[str, Any]:
    given = {"employeeId": id, "startsAt": day(start), "endsAt": day(end), "note": note}
    made = await do(graph, "planAbsence", AWAY, **given)
    found: dict[str, Any] = made["employee"]
    return found


async def absent(graph: Graph, id: str) -> bool:
    answer = await graph("query($id: ID!) { employee(id: $id) { absentNow } }", {"id": id})
    return bool(answer.data["employee"]["absentNow"])


@pytest.mark.feature("F27")
async def test_an_employee_is_away_several_times_and_the_others_are_told(
    graph: Graph, database: Database, clock: Clock
) -> None:
    ann = await hire(graph)
    await plan(graph, ann, 10, 12, "培训")
    found = await plan(graph, ann, -1, 2, "Holiday")

    assert found["absentNow"]
    assert [each["note"] for each in found["absences"]["nodes"]] == ["培训", "Holiday"]
    event = (await told(database, events.AbsencesChanged))[-1]
    assert (event.employee_id, event.version) == (ann, 3)
    told_days = [(each.starts_at.seconds, each.ends_at.seconds) for each in event.absences]
    assert told_days == [
        (int(day(-1).timestamp()), int(day(2).timestamp())),
        (int(day(10).timestamp()), int(day(12).timestamp())),
    ]

    for ahead, away in ((3, False), (11, True), (13, False)):
        clock.ahead = timedelta(days=ahead)
        assert await absent(graph, ann) is away


async def test_a_coming_absence_is_forgotten_and_a_present_one_ends(graph: Graph, database: Database) -> None:
    ann = await hire(graph)
    coming = (await plan(graph, ann, 5, 6))["absences"]["nodes"][0]["id"]
    present = (await plan(graph, ann, -1, 1))["absences"]["nodes"][1]["id"]

    assert (await do(graph, "cancelAbsence", AWAY, id=coming))["employee"]["absentNow"]
    after = (await do(graph, "cancelAbsence", AWAY, id=present))["employee"]

    assert not after["absentNow"]
    assert [each["id"] for each in after["absences"]["nodes"]] == [present]
    assert not (await told(database, events.AbsencesChanged))[-1].absences
    assert (await refused(graph, "cancelAbsence", id=present))["code"] == "CONFLICT"


@pytest.mark.parametrize(("start", "end"), [(2, 1), (1, 1), (-2, -1)])
async def test_a_time_that_cannot_be_is_refused(graph: Graph, start: int, end: int) -> None:
    ann = await hire(graph)
    error = await refused(graph, "planAbsence", employeeId=ann, startsAt=day(start), endsAt=day(end))
    assert (error["code"], error["inputPath"]) == ("INVALID", ["input", "endsAt"])


async def test_everybody_plans_for_themselves_and_only_some_for_others(graph: Graph) -> None:
    ann, bob = await hire(graph, "ann"), await hire(graph, "bob")
    me = employee("employee:read", id=UUID(ann))
    query = f"mutation($input: PlanAbsenceInput!) {{ planAbsence(input: $input) {{ {AWAY} }} }}"

    def asked(id: str) -> dict[str, Any]:
        return {"input": {"employeeId": id, "startsAt": day(1), "endsAt": day(2)}}

    assert not (await graph(query, asked(ann), by=me)).errors
    assert (await graph(query, asked(bob), by=me)).codes == ["FORBIDDEN"]
    assert not (await graph(query, asked(bob), by=employee("employee:update", "employee:read"))).errors


async def test_absences_of_many_employees_cost_one_statement(graph: Graph, database: Database) -> None:
    for name in ("ann", "bob", "cid"):
        await plan(graph, await hire(graph, name), -1, 1)

    with statements(database) as ran:
        answer = await graph("{ employees { nodes { absentNow } } }")

    assert [node["absentNow"] for node in answer.data["employees"]["nodes"]].count(True) == 3
    assert 0 < len(ran) <= 2


async def test_whoever_comes_back_works_here_again(graph: Graph, database: Database) -> None:
    ann = await hire(graph)
    await do(graph, "deactivateEmployee", "employee { id }", id=ann)
    back = await do(graph, "reactivateEmployee", "employee { active version }", id=ann, expectedVersion=2)

    assert back["employee"] == {"active": True, "version": 3}
    [event] = await told(database, events.EmployeeReactivated)
    assert (event.employee_id, event.version) == (ann, 3)
    assert (await told(database, events.PrincipalChanged))[-1].active
    assert (await refused(graph, "reactivateEmployee", id=ann))["code"] == "CONFLICT"
