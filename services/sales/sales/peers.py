"""What this service asks others, always before a transaction opens."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.errors import Conflict
from chassis.rpc.client import Peers
from roundel.common.v1.money_pb2 import Money
from roundel.customer.v1.customer_actions_pb2 import RegisterCustomerRequest
from roundel.customer.v1.customer_actions_pb2_grpc import CustomerActionsStub
from roundel.finance.v1.finance_service_pb2 import CheckCreditRequest
from roundel.finance.v1.finance_service_pb2_grpc import FinanceServiceStub
from sales import wire


async def register_customer(peers: Peers, lead: Any) -> UUID:
    """Return the customer that a lead's company is, registered now if nobody knew it."""
    stub = CustomerActionsStub(peers.channel("customer"))
    answer = await stub.RegisterCustomer(
        RegisterCustomerRequest(
            # the same key must say the same, and a lead may change between two attempts
            idempotency_key=f"lead/{lead.id}/{lead.version}",
            name=lead.company,
            industry=wire.text(lead.industry),
            region=wire.text(lead.region),
            source=wire.text(lead.source),
            owner_id=wire.text(lead.owner_id),
            contact_name=wire.text(lead.contact_name),
            contact_email=wire.text(lead.email),
            contact_phone=wire.text(lead.phone),
        )
    )
    return UUID(answer.customer_id)


async def require_credit(peers: Peers, customer_id: UUID, amount: Decimal, currency: str) -> None:
    """Raise Conflict with finance's figures unless the customer may owe this much more."""
    stub = FinanceServiceStub(peers.channel("finance"))
    answer = await stub.CheckCredit(
        CheckCreditRequest(customer_id=str(customer_id), amount=wire.money(amount, currency))
    )
    if not answer.allowed:
        raise Conflict(
            answer.reason or f"Finance grants this customer no further {amount} {currency}",
            limit=_fact(answer.limit),
            exposure=_fact(answer.exposure),
            available=_fact(answer.available),
        )


def _fact(money: Money) -> dict[str, str] | None:
    return {"amount": money.amount, "currency": money.currency} if money.amount else None
