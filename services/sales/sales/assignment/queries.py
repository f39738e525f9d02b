"""Reads of assignment rules, and whose turn it is."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from sales.assignment.models import AssignmentRule, OwnerLoad
from sales.known.models import KnownEmployee

ASSIGNMENT_RULES = Listing(
    noun="assignment_rule",
    table=AssignmentRule.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in AssignmentRule.__table__.c},
    sorts=("position", "name"),
    default=(("position", "asc"),),
    open=True,
    parts=(("owners", ("owner_ids",)),),
)


async def rule_named(session: AsyncSession, name: str) -> AssignmentRule | None:
    """Return the rule of this name, locked."""
    query = select(AssignmentRule).where(AssignmentRule.name == name)
    return await session.scalar(query.with_for_update())


async def active_rules(session: AsyncSession) -> Sequence[AssignmentRule]:
    """Return the rules in the order in which they are tried."""
    query = select(AssignmentRule).where(AssignmentRule.active)
    return (await session.scalars(query.order_by(AssignmentRule.position, AssignmentRule.id))).all()


async def next_owner(session: AsyncSession, rule: AssignmentRule) -> UUID | None:
    """Return who of the rule's employees at work was given the fewest leads, then waited longest."""
    if rule.team_id is not None:
        eligible = KnownEmployee.team_id == rule.team_id
    else:
        eligible = KnownEmployee.id.in_(rule.owner_ids)
    query = (
        select(KnownEmployee.id)
        .outerjoin(OwnerLoad, OwnerLoad.employee_id == KnownEmployee.id)
        .where(KnownEmployee.active, ~KnownEmployee.absent.contains(func.now()), eligible)
        .order_by(
            func.coalesce(OwnerLoad.leads, 0), OwnerLoad.last_assigned_at.nulls_first(), KnownEmployee.id
        )
        .limit(1)
    )
    return await session.scalar(query)
