"""What tests of finance have in common: events it hears, and what it told."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from chassis.database import Database
from chassis.testing import deliver, outbox
from finance.consumers import HANDLERS
from roundel.common.v1.money_pb2 import Money
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.project.v1 import project_events_pb2 as project
from roundel.sales.v1 import sales_events_pb2 as sales


def signature(
    *amounts: str, total: str | None = None, currency: str = "CNY", **given: Any
) -> sales.ContractSigned:
    """Return the signature of a contract in instalments, due one a month from April 2026."""
    told: dict[str, Any] = {
        "contract_id": str(uuid4()),
        "version": 2,
        "number": "C-2026-0001",
        "customer_id": str(uuid4()),
        "customer_name": "上海示例科技有限公司",
        "total": Money(amount=total or str(sum(map(Decimal, amounts))), currency=currency),
        "instalments": [
            sales.Instalment(
                name=f"Instalment {month}",
                amount=Money(amount=amount, currency=currency),
                due_on=f"2026-{month + 3:02}-01",
            )
            for month, amount in enumerate(amounts, 1)
        ],
    }
    signed = sales.ContractSigned(**(told | given))
    signed.occurred_at.FromDatetime(datetime(2026, 3, 1, 9, tzinfo=UTC))
    return signed


def registration(id: str, name: str = "Acme", version: int = 1) -> customer.CustomerRegistered:
    """Return what the customer service tells of a new company."""
    return customer.CustomerRegistered(customer_id=id, version=version, name=name)


def acceptance(signed: sales.ContractSigned) -> project.ProjectAccepted:
    """Return the acceptance of the project that delivers a contract."""
    accepted = project.ProjectAccepted(
        project_id=str(uuid4()),
        version=5,
        contract_id=signed.contract_id,
        customer_id=signed.customer_id,
    )
    accepted.occurred_at.FromDatetime(datetime(2026, 6, 20, tzinfo=UTC))
    return accepted


async def hear(database: Database, *events: Any, id: UUID | None = None) -> None:
    """Deliver events to the service."""
    await deliver(database, "finance", HANDLERS, *events, id=id)


async def told(database: Database, type: str) -> list[dict[str, Any]]:
    """Return the events of a type that the service told, oldest first."""
    return [event.data for event in await outbox(database) if event.type == f"roundel.finance.v1.{type}"]
