"""Applying the rules to an event."""

from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from automation.employees.queries import is_active
from automation.todos.commands import add_by_rule
from automation.todos.models import Todo, TodoStatus
from automation.todos.queries import made_by_rule
from automation.todos.rules import RULES, Facts, TodoRule, facts_of
from chassis.audit.context import caused_by
from chassis.conditions.python import compiled

_MEETS = {rule.name: compiled(rule.when) for rule in RULES}


async def apply_rules(session: AsyncSession, event: Message) -> None:
    """Make the to-dos that the rules want for an event.

    One per rule and record: when the record is told about again, in a newer version, what is still to be
    done goes to whom the rule asks now.
    """
    facts = facts_of(event)
    for rule in RULES:
        if isinstance(event, rule.event) and _MEETS[rule.name](facts):
            with caused_by(rule.name):
                await _apply(session, rule, facts)
                await session.flush()


async def _apply(session: AsyncSession, rule: TodoRule, facts: Facts) -> None:
    wanted = await _wanted(session, rule, facts)
    known = await made_by_rule(session, rule.name, wanted["about_id"])
    if known is None and await add_by_rule(session, Todo(**wanted)):
        return
    known = known or await made_by_rule(session, rule.name, wanted["about_id"])
    if known and known.status is TodoStatus.OPEN and wanted["rule_version"] > (known.rule_version or 0):
        for column in ("assignee_id", "role", "due_at", "rule_version"):
            setattr(known, column, wanted[column])


async def _wanted(session: AsyncSession, rule: TodoRule, facts: Facts) -> dict[str, Any]:
    about_type, id_field = rule.about
    assignee = _id(facts[rule.assignee]) if rule.assignee else None
    if assignee and await is_active(session, assignee) is False:  # None: identity's event may be on its way
        assignee = None
    return {
        "title": rule.title.format_map(facts).strip()[:500],
        "title_en": rule.title_en.format_map(facts).strip()[:500],
        "status": TodoStatus.OPEN,
        "assignee_id": assignee,
        "role": None if assignee else rule.role,
        "due_at": rule.due(facts),
        "customer_id": _id(facts["customer_id"]),
        "about_type": about_type,
        "about_id": UUID(facts[id_field]),
        "rule": rule.name,
        "rule_version": facts["version"],
        "created_at": facts["occurred_at"],
    }


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None
