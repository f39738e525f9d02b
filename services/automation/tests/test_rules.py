"""Events make to-dos: one per rule and record, for the right person, due in time."""

from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from google.protobuf.message import Message
from sqlalchemy import select

from automation.consumers import HANDLERS
from automation.todos.models import Todo
from chassis.audit.models import AuditEntry
from chassis.database import Database
from chassis.testing import deliver, outbox
from roundel.common.v1.money_pb2 import Money
from roundel.finance.v1.finance_events_pb2 import ReceivableOverdue, ReceivablesScheduled, ScheduledReceivable
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.project.v1.project_events_pb2 import ProjectOpened
from roundel.sales.v1.sales_events_pb2 import ContractActivationOverdue, LeadAssigned
from roundel.service_desk.v1.service_desk_events_pb2 import SurveyAnswered

E = TypeVar("E", bound=Message)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(kind: type[E], **fields: Any) -> E:
    """Return an event of this kind that happened on 2 March 2026 at nine."""
    event = kind(version=fields.pop("version", 1), **fields)
    event.occurred_at.FromDatetime(NINE)  # type: ignore[attr-defined]
    return event


async def hear(database: Database, *events: Message) -> None:
    await deliver(database, "automation", HANDLERS, *events)


async def todos(database: Database) -> list[Any]:
    return list(await database.read(select(Todo.__table__).order_by(Todo.id)))


async def somebody(database: Database) -> str:
    id = str(uuid4())
    await hear(database, told(identity.EmployeeRegistered, employee_id=id, name="Li Wei"))
    return id


def assigned(lead: str, owner: str, version: int = 1) -> LeadAssigned:
    return told(LeadAssigned, lead_id=lead, owner_id=owner, company="上海示例", version=version)


@pytest.mark.feature("F50", "F127")
async def test_a_new_project_is_to_be_started_by_its_manager(database: Database) -> None:
    manager, project, customer = await somebody(database), str(uuid4()), str(uuid4())
    await hear(
        database,
        told(ProjectOpened, project_id=project, customer_id=customer, name="ERP", manager_id=manager),
    )

    [todo] = await todos(database)
    assert (todo.title, todo.title_en) == ("新项目启动：ERP", "Start the new project: ERP")
    assert (str(todo.assignee_id), todo.role) == (manager, None)
    assert (todo.about_type, str(todo.about_id), str(todo.customer_id)) == ("Project", project, customer)
    assert todo.due_at == datetime(2026, 3, 5, 9, tzinfo=UTC)
    [event] = await outbox(database)
    assert event.type == "roundel.automation.v1.TodoCreated"
    assert event.data["title"] == "新项目启动：ERP"
    assert (event.data["dueAt"], event.data["occurredAt"]) == ("2026-03-05T09:00:00Z", "2026-03-02T09:00:00Z")


@pytest.mark.feature("F109")
async def test_the_rule_is_the_cause_in_the_history_of_what_it_made_and_in_what_it_tells(
    database: Database,
) -> None:
    await hear(database, told(ProjectOpened, project_id=str(uuid4()), name="ERP"))

    [todo] = await todos(database)
    [entry] = await database.read(select(AuditEntry.__table__))
    assert (entry.object, entry.record_id, entry.cause) == ("todo", todo.id, "start_project")
    assert (entry.channel, entry.operation) == ("event", "roundel.project.v1.ProjectOpened")
    [event] = await outbox(database)
    assert event.headers["ce-cause"] == "start_project"


async def test_a_project_without_a_manager_is_for_the_project_managers(database: Database) -> None:
    await hear(database, told(ProjectOpened, project_id=str(uuid4()), name="ERP"))

    [todo] = await todos(database)
    assert (todo.assignee_id, todo.role) == (None, "project_manager")


@pytest.mark.feature("F66", "F127")
async def test_the_first_payment_is_followed_by_finance_until_its_due_date(database: Database) -> None:
    plan = [
        ScheduledReceivable(name="尾款", amount=Money(amount="700.00", currency="CNY"), due_on="2026-09-01"),
        ScheduledReceivable(
            name="首付款", amount=Money(amount="300.00", currency="CNY"), due_on="2026-04-01"
        ),
    ]
    scheduled = told(ReceivablesScheduled, contract_id=str(uuid4()), receivables=plan)
    await hear(database, scheduled)

    [todo] = await todos(database)
    assert (todo.title, todo.role) == ("跟进首笔回款：首付款 300.00 CNY", "accountant")
    assert todo.due_at == datetime(2026, 4, 1, 23, 59, 59, tzinfo=UTC)


@pytest.mark.feature("F69")
async def test_an_overdue_payment_is_chased_by_finance(database: Database) -> None:
    owed = Money(amount="300.00", currency="CNY")
    await hear(database, told(ReceivableOverdue, receivable_id=str(uuid4()), name="首付款", outstanding=owed))

    [todo] = await todos(database)
    assert (todo.title, todo.role) == ("催收逾期回款：首付款 300.00 CNY", "accountant")
    assert todo.due_at == datetime(2026, 3, 5, 9, tzinfo=UTC)


async def test_a_contract_that_brings_no_receivable_asks_for_nothing(database: Database) -> None:
    await hear(database, told(ReceivablesScheduled, contract_id=str(uuid4())))

    assert not await todos(database)


@pytest.mark.feature("F26")
async def test_an_assigned_lead_is_to_be_followed_up_by_its_owner_within_a_day(database: Database) -> None:
    owner = await somebody(database)
    await hear(database, assigned(str(uuid4()), owner))

    [todo] = await todos(database)
    assert (todo.title, str(todo.assignee_id)) == ("首次跟进线索：上海示例", owner)
    assert todo.due_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


async def test_a_contract_that_is_not_activated_is_for_the_administrators(database: Database) -> None:
    await hear(database, told(ContractActivationOverdue, contract_id=str(uuid4()), number="C-7"))

    [todo] = await todos(database)
    assert (todo.title_en, todo.role) == (
        "Contract C-7 was not activated in time: look into it",
        "administrator",
    )


async def test_only_an_unhappy_answer_asks_for_care(database: Database) -> None:
    answers = [told(SurveyAnswered, survey_id=str(uuid4()), score=score) for score in (1, 2, 3, 5)]
    await hear(database, *answers)

    assert [(todo.rule, todo.role) for todo in await todos(database)] == [
        ("care_for_unhappy_customer", "service_manager")
    ] * 2


async def test_what_is_told_twice_even_under_another_id_makes_one_todo(database: Database) -> None:
    event, same = told(ProjectOpened, project_id=str(uuid4()), name="ERP"), UUID(int=7)
    await deliver(database, "automation", HANDLERS, event, id=same)
    await deliver(database, "automation", HANDLERS, event, id=same)
    await deliver(database, "automation", HANDLERS, event)

    assert len(await todos(database)) == 1
    assert len(await outbox(database)) == 1


async def test_a_lead_that_changes_hands_takes_its_open_todo_along(database: Database) -> None:
    lead, first, second = str(uuid4()), await somebody(database), await somebody(database)
    await hear(database, assigned(lead, first, 1), assigned(lead, second, 3), assigned(lead, first, 2))

    [todo] = await todos(database)
    assert str(todo.assignee_id) == second


async def test_nothing_is_for_somebody_who_left(database: Database) -> None:
    owner = await somebody(database)
    await hear(database, told(identity.EmployeeDeactivated, employee_id=owner, version=2))
    await hear(database, assigned(str(uuid4()), owner))

    [todo] = await todos(database)
    assert (todo.assignee_id, todo.role) == (None, "sales_manager")


async def test_an_owner_whom_identity_has_not_told_about_yet_is_asked_all_the_same(
    database: Database,
) -> None:
    owner = str(uuid4())
    await hear(database, assigned(str(uuid4()), owner))

    [todo] = await todos(database)
    assert str(todo.assignee_id) == owner
