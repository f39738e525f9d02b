"""Working calendars in the graph."""

from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import BooleanFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from identity.calendars import commands
from identity.calendars.queries import CALENDARS
from identity.context import Info
from identity.trail import TRAIL


@strawberry.type(description="When people work: hours of the week, holidays, make-up workdays, a zone.")
class WorkingCalendar:
    id: UUID = strawberry.field(description="Id of the calendar in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Unique name.")
    definition: JSON = strawberry.field(
        description="`{version: 1, zone, week: {mon: [[from, to]], …}, holidays: [day], workdays: {day: …}}`."
    )
    is_default: bool = strawberry.field(description="Counts where no other calendar is named.")
    shipped: bool = strawberry.field(description="Came with the suite.")
    customised: bool = strawberry.field(description="Shipped, and changed here; releases leave it alone.")
    created_at: datetime = strawberry.field(description="When it was defined.")
    history = TRAIL.history(CALENDARS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            definition=row.definition,
            is_default=row.is_default,
            shipped=row.shipped,
            customised=row.customised,
            created_at=row.created_at,
        )


@strawberry.input(description="Which calendars; everything given must hold.")
class WorkingCalendarFilter:
    id: IdFilter | None = None
    name: TextFilter | None = None
    is_default: BooleanFilter | None = None


@strawberry.enum(description="What calendars can be sorted by.")
class WorkingCalendarSort(Enum):
    NAME = "name"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of calendars.")
class WorkingCalendarOrder:
    by: WorkingCalendarSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class CalendarQueries:
    @strawberry.field(extensions=[Granted("calendar", "read")], description="Working calendars by name.")
    async def calendars(
        self,
        info: Info,
        filter: WorkingCalendarFilter | None = None,
        where: Where = None,
        sort: WorkingCalendarOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[WorkingCalendar]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, CALENDARS), order)
        return await info.context.page(CALENDARS, page, WorkingCalendar.of)


@strawberry.input(description="A new calendar.")
class DefineCalendarInput(Input):
    name: str = strawberry.field(description="Unique name.")
    definition: JSON = strawberry.field(
        description='E.g. `{version: 1, zone: "Asia/Shanghai", week: {mon: [["09:00", "17:00"]]}, '
        'holidays: ["2026-10-01"], workdays: {"2026-10-10": [["09:00", "17:00"]]}}`.'
    )
    is_default: bool = strawberry.field(default=False, description="Let it count where none is named.")


@strawberry.input(description="A change of a calendar; what is not given stays.")
class ChangeCalendarInput(ChangeInput):
    id: UUID = strawberry.field(description="Which calendar.")
    name: str | None = strawberry.field(default=None, description="Unique name.")
    definition: JSON | None = strawberry.field(default=None, description="All of it, from now on.")
    is_default: bool = strawberry.field(
        default=False, description="Let it count where none is named, in place of the present default."
    )


@strawberry.type(description="The calendar as it is now.")
class CalendarPayload:
    calendar: WorkingCalendar = strawberry.field(description="The calendar.")


@strawberry.type
class CalendarMutations:
    @strawberry.mutation(extensions=[Granted("calendar", "create")], description="Say when people work.")
    async def define_calendar(self, info: Info, input: DefineCalendarInput) -> CalendarPayload:
        row = await info.context.change(
            input,
            lambda session: commands.define_calendar(
                session, name=input.name, definition=input.definition, is_default=input.is_default
            ),
        )
        return CalendarPayload(calendar=WorkingCalendar.of(row))

    @strawberry.mutation(
        extensions=[Granted("calendar", "update")],
        description="Change when people work, for everything that is counted from now on.",
    )
    async def change_calendar(self, info: Info, input: ChangeCalendarInput) -> CalendarPayload:
        row = await info.context.change(
            input,
            lambda session: commands.change_calendar(
                session,
                input.id,
                name=input.name,
                definition=input.definition,
                is_default=input.is_default,
                expected_version=input.expected_version,
            ),
        )
        return CalendarPayload(calendar=WorkingCalendar.of(row))
