"""Defining who gets which leads, and choosing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.told import require_team
from chassis.conditions import kinds
from chassis.conditions.fields import Field
from chassis.conditions.python import compiled
from chassis.conditions.tree import parse, to_json
from chassis.database import fetch, now
from chassis.errors import Invalid
from sales.assignment import queries
from sales.assignment.models import AssignmentRule, OwnerLoad
from sales.known.queries import require_employees

FIELDS = {name: Field(kinds.TEXT) for name in ("region", "industry", "product_interest", "source", "company")}


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a rule chose."""

    owner_id: UUID
    rule: str


async def define_rule(
    session: AsyncSession,
    *,
    name: str,
    position: int,
    condition: object,
    owner_ids: Sequence[UUID] = (),
    team_id: UUID | None = None,
    active: bool = True,
    expected_version: int | None = None,
) -> AssignmentRule:
    """Make the rule of this name, or make it anew.

    Raises Invalid for a condition over other than a lead's texts, or unless owners or a team are named, and
    Unavailable for an owner or a team of whom identity has not told.
    """
    if not name.strip():
        raise Invalid("An assignment rule needs a name", path=("input", "name"))
    if bool(owner_ids) == (team_id is not None):
        raise Invalid("Name either owners or a team", path=("input", "ownerIds"))
    tree = parse(condition, fields=FIELDS, path=("input", "condition"))
    await require_employees(session, owner_ids, "input", "ownerIds")
    if team_id is not None:
        await require_team(session, team_id, "input", "teamId")
    rule = await queries.rule_named(session, name.strip())
    if rule is None:
        rule = AssignmentRule(name=name.strip())
        session.add(rule)
    elif expected_version is not None:
        await fetch(session, AssignmentRule, rule.id, expected_version=expected_version)
    rule.position = position
    rule.condition = to_json(tree)
    rule.owner_ids = list(dict.fromkeys(owner_ids))
    rule.team_id = team_id
    rule.active = active
    await session.flush()
    return rule


async def choose_owner(session: AsyncSession, lead: Mapping[str, Any]) -> Choice | None:
    """Return whom the first matching rule gives this lead; None leaves it in the public pool."""
    await _one_at_a_time(session)
    for rule in await queries.active_rules(session):
        if compiled(parse(rule.condition, fields=FIELDS))(lead):
            owner_id = await queries.next_owner(session, rule)
            if owner_id is None:
                return None
            await _count(session, owner_id)
            return Choice(owner_id, rule.name)
    return None


async def count_assignment(session: AsyncSession, owner_id: UUID) -> None:
    """Count a lead that a person gave to this employee."""
    await _one_at_a_time(session)
    await _count(session, owner_id)


async def _one_at_a_time(session: AsyncSession) -> None:
    """Wait for other assignments to commit, so that each sees the counts of those before it."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("assignment"))))


async def _count(session: AsyncSession, owner_id: UUID) -> None:
    load = insert(OwnerLoad).values(employee_id=owner_id, leads=1, last_assigned_at=now())
    more = {"leads": OwnerLoad.leads + 1, "last_assigned_at": load.excluded.last_assigned_at}
    await session.execute(load.on_conflict_do_update(index_elements=[OwnerLoad.employee_id], set_=more))
