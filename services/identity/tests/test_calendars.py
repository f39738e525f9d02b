"""When people work: calendars as data, the Chinese one shipped, an employee's found up the tree."""

from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from chassis.database import Database
from chassis.service import Runtime
from chassis.testing import Graph, statements
from identity.calendars.commands import SHIPPED
from identity.start import prepare
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import do, refused, told

CALENDAR = "calendar { id version name definition isDefault shipped customised }"
NINE_TO_FIVE = {
    "version": 1,
    "zone": "Europe/Berlin",
    "week": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "fri": [["09:00", "14:00"]]},
    "holidays": ["2026-12-25"],
    "workdays": {"2026-12-19": [["09:00", "12:00"]]},
}


async def define(graph: Graph, name: str, **rest: object) -> dict[str, Any]:
    given = {"name": name, "definition": NINE_TO_FIVE, **rest}
    made: dict[str, Any] = (await do(graph, "defineCalendar", CALENDAR, **given))["calendar"]
    return made


async def china(graph: Graph) -> dict[str, Any]:
    answer = await graph('{ calendars(filter: {name: {contains: "中国"}}) { nodes { id name version } } }')
    found: dict[str, Any] = answer.data["calendars"]["nodes"][0]
    return found


@pytest.mark.feature("N11")
def test_the_shipped_calendar_has_the_days_that_were_announced() -> None:
    shipped = orjson.loads(SHIPPED.read_bytes())["definition"]
    holidays = {date.fromisoformat(day) for day in shipped["holidays"]}
    workdays = {date.fromisoformat(day) for day in shipped["workdays"]}

    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    working = [day for day in days if (day.weekday() < 5 or day in workdays) and day not in holidays]
    assert len(working) == 248  # as the announcement for 2026 gives: 33 days off, 6 make-up workdays
    assert len([day for day in holidays if day.year == 2026]) == 33
    assert {day.isoformat() for day in workdays} == {
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
    }
    assert all(day.weekday() >= 5 for day in workdays)
    statutory = {"01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15"}
    assert {f"2027-{day}" for day in (*statutory, "10-01", "10-02", "10-03")} <= set(shipped["holidays"])


@pytest.mark.feature("N11")
async def test_the_shipped_calendar_is_the_default_and_told_once(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    await prepare(runtime)

    [event] = await told(database, events.CalendarChanged)
    assert (event.name, event.version, event.is_default) == ("中国 2026/2027", 1, True)
    assert orjson.loads(event.definition)["zone"] == "Asia/Shanghai"


async def test_a_calendar_is_defined_changed_and_told(graph: Graph, database: Database) -> None:
    made = await define(graph, "Berlin")
    changed = {**NINE_TO_FIVE, "holidays": []}
    after = await do(graph, "changeCalendar", CALENDAR, id=made["id"], definition=changed, expectedVersion=1)

    assert (after["calendar"]["version"], after["calendar"]["definition"]["holidays"]) == (2, [])
    assert (after["calendar"]["shipped"], after["calendar"]["customised"]) == (False, False)
    berlin = [event for event in await told(database, events.CalendarChanged) if event.name == "Berlin"]
    assert [event.version for event in berlin] == [1, 2]
    assert orjson.loads(berlin[-1].definition) == after["calendar"]["definition"]


async def test_one_calendar_is_the_default(graph: Graph, database: Database) -> None:
    made = await define(graph, "Berlin", isDefault=True)
    assert made["isDefault"]
    last = [(event.name, event.is_default) for event in await told(database, events.CalendarChanged)][-2:]
    assert last == [("中国 2026/2027", False), ("Berlin", True)]

    await do(graph, "changeCalendar", CALENDAR, id=(await china(graph))["id"], isDefault=True)
    answer = await graph("{ calendars(filter: {isDefault: {eq: true}}) { nodes { name } } }")
    assert answer.data["calendars"]["nodes"] == [{"name": "中国 2026/2027"}]


@pytest.mark.parametrize(
    "changed",
    [
        {"zone": "Europe/Atlantis"},
        {"version": 2},
        {"week": {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}},
        {"week": {"mon": [["17:00", "09:00"]]}},
        {"week": {"moonday": [["09:00", "17:00"]]}},
        {"week": {"mon": [["9", "17:00"]]}},
        {"holidays": ["2026-02-30"]},
        {"workdays": {"someday": [["09:00", "12:00"]]}},
    ],
)
async def test_a_calendar_that_cannot_be_is_refused_with_the_place(
    graph: Graph, changed: dict[str, Any]
) -> None:
    error = await refused(graph, "defineCalendar", name="Odd", definition={**NINE_TO_FIVE, **changed})

    assert error["code"] == "INVALID"
    assert error["inputPath"][:3] == ["input", "definition", *changed]


async def test_two_calendars_have_two_names(graph: Graph) -> None:
    error = await refused(graph, "defineCalendar", name="中国 2026/2027", definition=NINE_TO_FIVE)
    assert (error["code"], error["inputPath"]) == ("CONFLICT", ["input", "name"])


async def test_what_an_administrator_changed_stays(
    graph: Graph, runtime: Runtime, database: Database
) -> None:
    shipped = await china(graph)
    await do(graph, "changeCalendar", CALENDAR, id=shipped["id"], definition=NINE_TO_FIVE)

    await prepare(runtime)

    answer = await graph("{ calendars { nodes { definition customised version } } }")
    assert answer.data["calendars"]["nodes"] == [
        {"definition": NINE_TO_FIVE, "customised": True, "version": 2}
    ]


@pytest.mark.feature("N11")
async def test_an_employee_works_by_an_own_calendar_the_teams_or_the_default(
    graph: Graph, database: Database
) -> None:
    berlin, mine = await define(graph, "Berlin"), await define(graph, "Mine")
    top = (await do(graph, "createTeam", "team { id }", name="Top"))["team"]["id"]
    low = (await do(graph, "createTeam", "team { id }", name="Low", parentId=top))["team"]["id"]
    hired = {"email": "a@b.cn", "name": "Ann", "teamId": low}
    ann = (await do(graph, "registerEmployee", "employee { id }", **hired))["employee"]["id"]

    async def calendar() -> str:
        answer = await graph("query($id: ID!) { employee(id: $id) { calendar { name } } }", {"id": ann})
        return str(answer.data["employee"]["calendar"]["name"])

    assert await calendar() == "中国 2026/2027"
    await do(graph, "setTeamCalendar", "team { id }", id=top, calendarId=berlin["id"])
    assert await calendar() == "Berlin"
    await do(graph, "setEmployeeCalendar", "employee { id }", id=ann, calendarId=mine["id"])
    assert await calendar() == "Mine"

    with statements(database) as ran:
        listed = (await graph("{ employees { nodes { calendar { name } } } }")).data["employees"]["nodes"]
    assert {node["calendar"]["name"] for node in listed} == {"Mine", "中国 2026/2027"}
    assert len(ran) <= 5
