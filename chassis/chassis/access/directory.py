"""Who is known here with which rights: a copy in memory of what identity told, never a second old."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from chassis.access import models
from chassis.access.principal import Principal
from chassis.access.rights import People, Rights
from chassis.access.roles import Grant, narrowed, parse
from chassis.database import Database
from chassis.errors import Unauthenticated, Unavailable

POLL_SECONDS = 0.5
EVERYBODY = "everybody"  # the role of every employee who works here, given or not
MOST_KEPT = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Snapshot:
    """The replica tables at one revision."""

    revision: UUID | None
    principals: Mapping[UUID, Any]
    teams: Mapping[UUID, Any]
    roles: Mapping[str, tuple[Grant, ...]]
    ended: frozenset[UUID]
    members: Mapping[UUID, frozenset[UUID]]  # of a team itself
    zone: tzinfo  # of the company's default calendar

    def people(self, id: UUID) -> People:
        """Return whom the scopes of this principal reach."""
        known = self.principals.get(id)
        team = known.team_id if known else None
        led = [each.id for each in self.teams.values() if each.manager_id == id]
        tops = led or ([team] if team else [])
        own = frozenset((id,))
        return People(
            own=own,
            team=own | (self.members.get(team, frozenset()) if team else frozenset()),
            subtree=own.union(*(self._below(top) for top in tops)),
            grantees=own | self._above(team),
            team_id=team,
        )

    def _below(self, top: UUID) -> frozenset[UUID]:
        teams = (each.id for each in self.teams.values() if top in each.path)
        return frozenset[UUID]().union(*(self.members.get(team, frozenset()) for team in (top, *teams)))

    def _above(self, team: UUID | None) -> frozenset[UUID]:
        if team is None:
            return frozenset()
        return frozenset((team, *(self.teams[team].path if team in self.teams else ())))


class Directory:
    """One per process. `resolve` costs no statement; `follow` or `refresh` keep it up to date.

    Where nobody tells of rights (`untold`), callers that are not known have what their token grants.
    """

    def __init__(self, database: Database, *, untold: bool = False) -> None:
        self._database = database
        self._untold = untold
        self._now: _Snapshot | None = None
        self._resolved: dict[Principal, Principal] = {}

    def resolve(self, caller: Principal) -> Principal:
        """Return the caller with the rights that identity told of; the token only proves who it is.

        Somebody not told of yet has of the known roles in the token what the token's grants leave. Raises
        Unauthenticated for whoever is not active any more or whose session was ended, Unavailable before
        anything is known.
        """
        if self._now is None or not self._is_told(self._now):
            raise Unavailable("This process does not know yet who may do what; try again")
        if caller.session in self._now.ended:
            raise Unauthenticated("This session was ended; sign in again")
        found = self._resolved.get(caller)
        if found is None:
            found = self._with_rights(self._now, caller)
            if len(self._resolved) >= MOST_KEPT:
                self._resolved.clear()
            self._resolved[caller] = found
        return found

    async def refresh(self) -> None:
        """Look whether anything changed, and if so read it all anew."""
        found = await self._database.read(_REVISION)
        revision = found[0].revision if found else None
        if self._now is None or revision != self._now.revision:
            self._now = await self._read(revision)
            self._resolved = {}

    async def check(self) -> None:
        """Raise Unavailable while nothing is known of anybody's rights."""
        await self.refresh()
        if self._now is None or not self._is_told(self._now):
            raise Unavailable("Identity has not told yet who may do what")

    async def follow(self) -> None:
        """Stay up to date until cancelled."""
        while True:
            try:
                await self.refresh()
            except (Unavailable, DBAPIError) as error:
                log.warning("Who may do what could not be read: %s", error)
            await asyncio.sleep(POLL_SECONDS)

    async def _read(self, revision: UUID | None) -> _Snapshot:
        principals = {row.id: row for row in await self._database.read(_PRINCIPALS)}
        teams = {row.id: row for row in await self._database.read(_TEAMS)}
        members: dict[UUID, set[UUID]] = defaultdict(set)
        for row in principals.values():
            if row.team_id is not None:
                members[row.team_id].add(row.id)
        return _Snapshot(
            revision=revision,
            principals=principals,
            teams=teams,
            roles={row.name: parse(row.definition).grants for row in await self._database.read(_ROLES)},
            ended=frozenset(row.id for row in await self._database.read(_ENDED)),
            members={team: frozenset(ids) for team, ids in members.items()},
            zone=await self._zone(),
        )

    async def _zone(self) -> tzinfo:
        found = await self._database.read(_ZONE)
        return ZoneInfo(found[0].zone) if found else UTC

    def _with_rights(self, now: _Snapshot, caller: Principal) -> Principal:
        if caller.id is None:
            return caller
        known = now.principals.get(caller.id)
        if known is not None and not known.active:
            raise Unauthenticated(f"{caller.name or caller.id} is not active any more")
        roles = frozenset(known.roles if known else caller.roles & now.roles.keys())
        if not known and self._untold and not (roles and caller.grants):
            return caller
        everybody = (EVERYBODY,) if caller.kind == "employee" else ()
        grants = _grants(now, (*roles, *everybody))
        if known:
            left = narrowed(grants, known.scopes)
        else:
            left = narrowed(grants, sorted(caller.grants)) if caller.grants else ()
        return replace(caller, roles=roles, rights=Rights(left, now.people(caller.id), now.zone))

    def _is_told(self, now: _Snapshot) -> bool:
        return self._untold or bool(now.roles)


def _grants(now: _Snapshot, roles: Iterable[str]) -> list[Grant]:
    return [grant for role in roles for grant in now.roles.get(role, ())]


_REVISION = select(models.Revision.__table__)
_PRINCIPALS = select(models.KnownPrincipal.__table__)
_TEAMS = select(models.KnownTeam.__table__)
_ROLES = select(models.KnownRole.__table__).where(~models.KnownRole.retired)
_ZONE = text("SELECT definition ->> 'zone' AS zone FROM timer_calendar WHERE is_default")
_ENDED = select(models.EndedSession.__table__)
