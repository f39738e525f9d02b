"""What is not paid in time is told, once."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.database import Database, now
from chassis.testing import Graph
from chassis.timers.runner import Runner
from finance.__main__ import make
from roundel.common.v1.money_pb2 import Money
from roundel.sales.v1.sales_events_pb2 import Instalment
from services.finance.tests.telling import hear, signature, told

PAY = "mutation($input: RecordReceiptInput!) { recordReceipt(input: $input) { receipt { id } } }"


def due_in(days: int) -> Any:
    """Return the signature of a contract with one instalment."""
    day = (now() + timedelta(days=days)).date().isoformat()
    part = Instalment(name="首付款", amount=Money(amount="300.00", currency="CNY"), due_on=day)
    return signature("300.00", instalments=[part])


async def fire(database: Database, **ahead: float) -> int:
    """Fire what will be due then."""
    return await Runner(database, make().timers, lambda: now() + timedelta(**ahead)).fire_due()


async def pay(graph: Graph, customer: str, amount: str) -> None:
    money = {"amount": amount, "currency": "CNY"}
    assert not (await graph(PAY, {"input": {"customerId": customer, "amount": money}})).errors


@pytest.mark.feature("F69", "N11")
async def test_what_is_not_paid_by_its_day_is_told_once(graph: Graph, database: Database) -> None:
    signed = due_in(30)
    await hear(database, signed)
    await pay(graph, signed.customer_id, "100")

    assert await fire(database, days=29) == 0
    assert await fire(database, days=31) == 1
    assert await fire(database, days=90) == 0
    [overdue] = await told(database, "ReceivableOverdue")
    assert (overdue["name"], overdue["outstanding"]["amount"]) == ("首付款", "200")
    assert overdue["contractId"] == signed.contract_id


async def test_what_was_paid_in_time_is_not_told(graph: Graph, database: Database) -> None:
    signed = due_in(30)
    await hear(database, signed)
    await pay(graph, signed.customer_id, "300")

    await fire(database, days=31)
    assert not await told(database, "ReceivableOverdue")


async def test_what_was_entered_after_its_day_is_not_told(database: Database) -> None:
    await hear(database, due_in(-3))
    await hear(database, signature("300.00", instalments=[
        Instalment(name="-", amount=Money(amount="300.00", currency="CNY"), due_on="9999-12-31")
    ]))  # fmt: skip
    assert await fire(database, days=3000) == 0
