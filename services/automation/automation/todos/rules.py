"""Which events make which to-dos: the whole list, to be read top to bottom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from google.protobuf.message import Message

from chassis.conditions.tree import EVERYTHING, Group, Rule
from roundel.finance.v1.finance_events_pb2 import ReceivableOverdue, ReceivablesScheduled
from roundel.project.v1.project_events_pb2 import ProjectOpened
from roundel.sales.v1.sales_events_pb2 import ContractActivationOverdue, LeadAssigned
from roundel.service_desk.v1.service_desk_events_pb2 import SurveyAnswered

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TodoRule:
    """When this event tells something, this is to be done.

    Titles may name the event's fields in braces; `assignee` names the field with an employee's id, and the
    role is asked when it is empty or that employee left.
    """

    name: str
    event: type[Message]
    title: str
    title_en: str
    about: tuple[str, str]  # type of the record, and the field with its id
    role: str
    due: Callable[[Facts], datetime]
    assignee: str | None = None
    when: Group | Rule = EVERYTHING


def within(days: int) -> Callable[[Facts], datetime]:
    """Due so many days after the event happened."""
    return lambda facts: facts["occurred_at"] + timedelta(days=days)


def on(field: str) -> Callable[[Facts], datetime]:
    """Due at the end of the day that a field names (`first.due_on`)."""
    name, _, inner = field.partition(".")
    day = attrgetter(inner)
    return lambda facts: datetime.combine(date.fromisoformat(day(facts[name])), time(23, 59, 59), UTC)


RULES = (
    TodoRule(
        name="start_project",
        event=ProjectOpened,
        title="新项目启动：{name}",
        title_en="Start the new project: {name}",
        about=("Project", "project_id"),
        assignee="manager_id",
        role="project_manager",
        due=within(days=3),
    ),
    TodoRule(
        name="follow_first_payment",
        event=ReceivablesScheduled,
        when=Rule("first", "isNotEmpty"),
        title="跟进首笔回款：{first.name} {first.amount.amount} {first.amount.currency}",
        title_en="Follow the first payment: {first.name} {first.amount.amount} {first.amount.currency}",
        about=("Contract", "contract_id"),
        role="accountant",
        due=on("first.due_on"),
    ),
    TodoRule(
        name="chase_overdue_payment",
        event=ReceivableOverdue,
        title="催收逾期回款：{name} {outstanding.amount} {outstanding.currency}",
        title_en="Chase the overdue payment: {name} {outstanding.amount} {outstanding.currency}",
        about=("Receivable", "receivable_id"),
        role="accountant",
        due=within(days=3),
    ),
    TodoRule(
        name="follow_up_lead",
        event=LeadAssigned,
        title="首次跟进线索：{company}",
        title_en="First follow-up of the lead: {company}",
        about=("Lead", "lead_id"),
        assignee="owner_id",
        role="sales_manager",
        due=within(days=1),
    ),
    TodoRule(
        name="look_into_activation",
        event=ContractActivationOverdue,
        title="合同 {number} 未能按时生效，请检查",
        title_en="Contract {number} was not activated in time: look into it",
        about=("Contract", "contract_id"),
        role="administrator",
        due=within(days=1),
    ),
    TodoRule(
        name="care_for_unhappy_customer",
        event=SurveyAnswered,
        when=Rule("score", "lte", 2),
        title="客户关怀：满意度 {score} 分 {comment}",
        title_en="Care for the customer: satisfaction {score} of 5 {comment}",
        about=("Survey", "survey_id"),
        role="service_manager",
        due=within(days=1),
    ),
)


def facts_of(event: Message) -> dict[str, Any]:
    """Return an event's fields by name; of receivables also the `first`, by due date."""
    facts = {field.name: getattr(event, field.name) for field in event.DESCRIPTOR.fields}
    facts["occurred_at"] = facts["occurred_at"].ToDatetime(UTC)
    if "receivables" in facts:
        facts["first"] = min(facts["receivables"], key=attrgetter("due_on"), default=None)
    return facts
