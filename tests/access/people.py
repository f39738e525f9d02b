"""A company as identity tells of it: roles, teams and people, told to one service."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson

from chassis.access import Principal
from chassis.database import Database, now
from chassis.messaging.subscriber import Handlers
from chassis.testing import deliver
from roundel.identity.v1 import identity_events_pb2 as identity


class Company:
    """Tells a service of roles, teams and people, each time with a newer version."""

    def __init__(self, database: Database, service: str, handlers: Handlers) -> None:
        self._database = database
        self._service = service
        self._handlers = handlers
        self._version = 0
        self._paths: dict[UUID, list[str]] = {}
        self._roles: dict[str, UUID] = {}

    async def role(self, name: str, *grants: Mapping[str, Any], retired: bool = False) -> None:
        """Define the role, or define it anew."""
        definition = {"version": 1, "grants": [_whole(grant) for grant in grants]}
        await self._tell(
            identity.RoleDefined(
                role_id=str(self._roles.setdefault(name, uuid4())),
                version=self._next(),
                name=name,
                definition=orjson.dumps(definition).decode(),
                retired=retired,
            )
        )

    async def team(self, *, below: UUID | None = None, manager: UUID | None = None) -> UUID:
        """Make a team and return its id."""
        id = uuid4()
        self._paths[id] = [*(self._paths[below] if below else ()), str(id)]
        await self._place(id, manager)
        return id

    async def _place(self, id: UUID, manager: UUID | None) -> None:
        placed = identity.TeamPlaced(
            team_id=str(id), version=self._next(), path=self._paths[id], manager_id=str(manager or "")
        )
        await self._tell(placed)

    async def person(
        self,
        *roles: str,
        team: UUID | None = None,
        id: UUID | None = None,
        active: bool = True,
        scopes: Sequence[str] = (),
    ) -> Principal:
        """Hire, move, promote or deactivate somebody; return them as a token names them."""
        known = id or uuid4()
        changed = identity.PrincipalChanged(
            principal_id=str(known),
            version=self._next(),
            kind="employee",
            team_id=str(team or ""),
            roles=roles,
            active=active,
            scopes=scopes,
        )
        hired = identity.EmployeeRegistered(employee_id=str(known), version=1, name="Bo", roles=roles)
        handled = self._handlers.keys()
        await self._tell(*(event for event in (changed, hired) if type(event) in handled))
        return Principal("employee", known, "Bo", token=str(known), session=uuid4())

    async def hours(self, zone: str) -> None:
        """Tell of the working hours that count for all, in this zone."""
        week = {"version": 1, "zone": zone, "week": {"mon": [["09:00", "17:00"]]}}
        await self._tell(
            identity.CalendarChanged(
                calendar_id=str(uuid4()),
                version=self._next(),
                name=zone,
                definition=orjson.dumps(week).decode(),
                is_default=True,
            )
        )

    async def end_session(self, of: Principal) -> None:
        """Sign somebody out."""
        ended = identity.SessionEnded(session_id=str(of.session), version=self._next())
        ended.expires_at.FromDatetime(now().replace(year=2100))
        await self._tell(ended)

    async def _tell(self, *events: Any) -> None:
        await deliver(self._database, self._service, self._handlers, *events)

    def _next(self) -> int:
        self._version += 1
        return self._version


def grant(objects: str, actions: str, scopes: Sequence[Any] = ("all",), **more: Any) -> dict[str, Any]:
    """Return a grant as role definitions write it: `grant("lead quote", "read update", ["own"])`."""
    return {"objects": objects.split(), "actions": actions.split(), "scopes": list(scopes), **more}


def _whole(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"scopes": ["all"], **given}
