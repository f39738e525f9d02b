"""Business time: golden cases, and what holds for every calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import Invalid
from chassis.timers.calendars import DAYS, Calendar, parse, to_json

SHANGHAI, BERLIN, NEW_YORK = (
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
)


def calendar(*hours: list[str], zone: str = "Asia/Shanghai", days: Any = DAYS[:5], **more: Any) -> Calendar:
    return parse({"version": 1, "zone": zone, "week": {day: list(hours) for day in days}, **more})


NINE_TO_FIVE = calendar(["09:00", "17:00"])
WITH_LUNCH = calendar(["09:00", "12:00"], ["13:00", "18:00"])
SPRING_FESTIVAL = calendar(
    ["09:00", "17:00"],
    holidays=[f"2026-02-{day}" for day in range(16, 24)],
    workdays={"2026-02-14": [["09:00", "17:00"]], "2026-02-28": [["09:00", "12:00"]]},
)
AROUND_THE_CLOCK = calendar(["00:00", "24:00"], zone="America/New_York", days=DAYS)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.feature("N11")
@pytest.mark.parametrize(
    ("calendar", "start", "added", "end"),
    [
        # 2026-01-09 is a Friday
        pytest.param(NINE_TO_FIVE, "2026-01-09T16:30", 1, "2026-01-12T09:30", id="over a weekend"),
        pytest.param(NINE_TO_FIVE, "2026-01-09T16:00", 1, "2026-01-09T17:00", id="up to the end of a day"),
        pytest.param(NINE_TO_FIVE, "2026-01-10T12:00", 1, "2026-01-12T10:00", id="from a Saturday"),
        pytest.param(NINE_TO_FIVE, "2026-01-09T07:00", 1, "2026-01-09T10:00", id="from before work"),
        pytest.param(NINE_TO_FIVE, "2026-01-09T10:00", 40, "2026-01-16T10:00", id="a week"),
        pytest.param(WITH_LUNCH, "2026-01-09T11:30", 1, "2026-01-09T13:30", id="over lunch"),
        pytest.param(WITH_LUNCH, "2026-01-09T12:15", 1, "2026-01-09T14:00", id="from lunch"),
        pytest.param(WITH_LUNCH, "2026-01-09T11:00", 1, "2026-01-09T12:00", id="up to lunch"),
        pytest.param(WITH_LUNCH, "2026-01-09T17:30", 4, "2026-01-12T13:30", id="weekend and lunch"),
        pytest.param(SPRING_FESTIVAL, "2026-02-13T16:30", 1, "2026-02-14T09:30", id="a make-up Saturday"),
        pytest.param(SPRING_FESTIVAL, "2026-02-14T16:30", 1, "2026-02-24T09:30", id="over the holidays"),
        pytest.param(SPRING_FESTIVAL, "2026-02-27T16:30", 4, "2026-03-02T09:30", id="half a make-up day"),
        pytest.param(SPRING_FESTIVAL, "2026-02-18T12:00", 0, "2026-02-18T12:00", id="nothing"),
    ],
)
def test_business_time_is_added(calendar: Calendar, start: str, added: float, end: str) -> None:
    assert calendar.add(at(start), hours(added)) == at(end)
    assert calendar.between(at(start), at(end)) == hours(added)
    assert calendar.between(at(end), at(start)) == -hours(added)


@pytest.mark.feature("N11")
@pytest.mark.parametrize(
    ("start", "added", "end"),
    [
        ("2026-03-07T12:00", 24, "2026-03-08T13:00"),  # the night of 23 hours
        ("2026-10-31T12:00", 24, "2026-11-01T11:00"),  # the night of 25 hours
        ("2026-03-08T01:30", 1, "2026-03-08T03:30"),
        ("2026-11-01T00:30", 2, "2026-11-01T01:30"),
    ],
)
def test_clocks_that_change_neither_give_nor_take_time(start: str, added: float, end: str) -> None:
    ends = AROUND_THE_CLOCK.add(at(start, NEW_YORK), hours(added))
    assert ends - at(start, NEW_YORK).astimezone(UTC) == hours(added)
    assert ends.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M") == end


@pytest.mark.parametrize(
    ("day", "open"),
    [("2026-03-28", 4), ("2026-03-29", 3), ("2026-03-30", 4), ("2026-10-25", 5)],
)
def test_a_shift_in_the_night_is_as_long_as_it_lasts(day: str, open: int) -> None:
    nights = calendar(["00:00", "04:00"], zone="Europe/Berlin", days=DAYS)
    assert nights.between(at(f"{day}T00:00", BERLIN), at(f"{day}T23:00", BERLIN)) == hours(open)


def test_hours_that_a_change_of_clocks_folds_over_one_another_count_once() -> None:
    folded = calendar(["02:00", "02:45"], ["03:00", "04:00"], zone="Europe/Berlin", days=DAYS)
    whole = at("2026-03-29T00:00", BERLIN), at("2026-03-29T12:00", BERLIN)
    assert folded.between(*whole) == hours(1)


@pytest.mark.feature("N11")
def test_the_same_hours_in_another_zone_are_other_hours() -> None:
    start = at("2026-01-09T16:30")  # in Berlin it is half past nine
    there = calendar(["09:00", "17:00"], zone="Europe/Berlin")
    assert NINE_TO_FIVE.add(start, hours(1)) == at("2026-01-12T09:30")
    assert there.add(start, hours(1)) == at("2026-01-09T10:30", BERLIN)


clock = st.integers(0, 48).map(lambda halves: 30 * halves)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    def day() -> list[list[str]]:
        marks = sorted(draw(st.sets(clock, min_size=2, max_size=6)))
        pairs = zip(marks[::2], marks[1::2], strict=False)
        return [[f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}"] for a, b in pairs]

    return parse(
        {
            "zone": draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"])),
            "week": {name: day() for name in draw(st.sets(st.sampled_from(DAYS), min_size=1))},
            "holidays": draw(st.lists(st.sampled_from(["2026-03-27", "2026-03-30", "2026-10-26"]))),
            "workdays": {"2026-03-29": day(), "2026-10-25": day()},
        }
    )


moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 10), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.timedeltas(timedelta(), timedelta(hours=12))


@pytest.mark.feature("N11")
@settings(max_examples=100, deadline=None)
@given(calendar=calendars(), start=moments, duration=durations, more=durations)
def test_what_was_added_is_measured_again(
    calendar: Calendar, start: datetime, duration: timedelta, more: timedelta
) -> None:
    end = calendar.add(start, duration)
    assert calendar.between(start, end) == duration
    assert calendar.add(end, more) == calendar.add(start, duration + more)
    assert parse(to_json(calendar)) == calendar


@pytest.mark.parametrize(
    ("json", "path"),
    [
        ([], ()),
        ({"zone": "UTC", "week": {}, "colour": 1}, ()),
        ({"zone": "Mars", "week": {"mon": [["09:00", "17:00"]]}}, ("zone",)),
        ({"version": 2, "zone": "UTC"}, ("version",)),
        ({"zone": "UTC", "week": {}}, ("week",)),
        ({"zone": "UTC", "week": {"Monday": []}}, ("week",)),
        ({"zone": "UTC", "week": {"mon": [["17:00", "09:00"]]}}, ("week", "mon", 0)),
        ({"zone": "UTC", "week": {"mon": [["09:00", "25:00"]]}}, ("week", "mon", 0)),
        ({"zone": "UTC", "week": {"mon": [["9", "17"]]}}, ("week", "mon", 0)),
        ({"zone": "UTC", "week": {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}}, ("week", "mon", 1)),
        ({"zone": "UTC", "week": {"mon": "all"}}, ("week", "mon")),
        ({"zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}, "holidays": ["Easter"]}, ("holidays",)),
        ({"zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}, "holidays": "x"}, ("holidays",)),
        (
            {"zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}, "workdays": {"2026-01-01": [[]]}},
            ("workdays", "2026-01-01", 0),
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_path(json: Any, path: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        parse(json, path=("input",))
    assert refused.value.path == ("input", *path)


def test_time_that_never_comes_is_refused_and_not_waited_for() -> None:
    with pytest.raises(Invalid, match="ten years"):
        NINE_TO_FIVE.add(at("2026-01-09T16:30"), timedelta(days=3000))
    with pytest.raises(Invalid, match="forwards"):
        NINE_TO_FIVE.add(at("2026-01-09T16:30"), -hours(1))
    with pytest.raises(Invalid, match="ten years"):
        NINE_TO_FIVE.between(at("2026-01-09T16:30"), at("2046-01-09T16:30"))
