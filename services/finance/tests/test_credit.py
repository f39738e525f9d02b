"""Credit: what a customer may owe in a currency, asked over gRPC before others decide."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chassis.access import Principal, acting_as
from chassis.database import Database
from chassis.errors import Invalid, Unauthenticated
from chassis.money import Money
from chassis.rpc.client import Peers
from chassis.rpc.server import RpcServer
from chassis.testing import Graph, Issuer, employee, outbox, settings
from finance.rpc import FinanceService
from roundel.common.v1 import money_pb2
from roundel.finance.v1 import finance_service_pb2 as pb
from roundel.finance.v1.finance_service_pb2_grpc import (
    FinanceServiceStub,
    add_FinanceServiceServicer_to_server,
)
from services.finance.tests.telling import hear, registration, signature, told

SET = """mutation($input: SetCreditLimitInput!) { setCreditLimit(input: $input) {
  creditLimit { version amount { amount currency } customer { id } } } }"""
CREDIT = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
  credit { limit { amount currency } exposure { amount } available { amount } } } } }"""


class Asker:
    """Asks CheckCredit as another service does, with a token of the issuer's."""

    def __init__(self, stub: Any, token: str | None) -> None:
        self._stub = stub
        self._token = token

    async def __call__(self, customer: str, amount: str, currency: str = "CNY") -> Any:
        money = money_pb2.Money(amount=amount, currency=currency)
        with acting_as(Principal("employee", token=self._token)):
            return await self._stub.CheckCredit(pb.CheckCreditRequest(customer_id=customer, amount=money))


@pytest.fixture
async def askers(database: Database) -> AsyncIterator[tuple[Asker, Asker]]:
    """Somebody with a token, and somebody without."""
    async with Issuer() as issuer:
        server = RpcServer(settings(grpc_port=0), issuer.verifier())
        service = FinanceService(database, Money(Decimal(1_000_000), "CNY"))
        server.add(add_FinanceServiceServicer_to_server, service)
        await server.start()
        peers = Peers({"finance": f"127.0.0.1:{server.port}"})
        stub: Any = FinanceServiceStub(peers.channel("finance"))
        yield Asker(stub, issuer.token("credit_limit:read")), Asker(stub, None)
        await peers.close()
        await server.stop(0)


@pytest.fixture
def ask(askers: tuple[Asker, Asker]) -> Asker:
    """Somebody with a token."""
    return askers[0]


async def limit(graph: Graph, customer: str, amount: str, currency: str = "CNY", **given: Any) -> Any:
    money = {"amount": amount, "currency": currency}
    return await graph(SET, {"input": {"customerId": customer, "limit": money, **given}})


@pytest.mark.feature("F45")
async def test_a_customer_may_owe_up_to_the_limit_less_what_they_owe(
    graph: Graph, database: Database, ask: Asker
) -> None:
    signed = signature("30", "40")
    await hear(database, signed)
    await limit(graph, signed.customer_id, "100")

    within, beyond = await ask(signed.customer_id, "30"), await ask(signed.customer_id, "30.01")

    assert (within.allowed, within.reason) == (True, "")
    assert (within.limit.amount, within.exposure.amount, within.available.amount) == (
        "100",
        "70",
        "30",
    )
    assert not beyond.allowed
    assert "30.00 CNY left of the credit limit of 100.00 CNY" in beyond.reason


@pytest.mark.feature("F45")
async def test_receipts_give_credit_back(graph: Graph, database: Database, ask: Asker) -> None:
    signed = signature("1000000")
    await hear(database, signed)
    assert not (await ask(signed.customer_id, "1")).allowed
    record = "mutation($input: RecordReceiptInput!) { recordReceipt(input: $input) { receipt { id } } }"
    money = {"amount": "1", "currency": "CNY"}

    await graph(record, {"input": {"customerId": signed.customer_id, "amount": money}})

    assert (await ask(signed.customer_id, "1")).allowed


async def test_who_has_no_limit_gets_the_default(ask: Asker) -> None:
    answer = await ask(str(uuid4()), "1000000")

    assert answer.allowed
    assert (answer.limit.amount, answer.limit.currency) == ("1000000", "CNY")
    assert not (await ask(str(uuid4()), "1000000.01")).allowed


async def test_another_currency_needs_a_limit_of_its_own(
    graph: Graph, database: Database, ask: Asker
) -> None:
    signed = signature("70", currency="CNY")
    await hear(database, signed)
    refused = await ask(signed.customer_id, "50", "USD")
    assert not refused.allowed
    assert "No credit limit in USD" in refused.reason

    await limit(graph, signed.customer_id, "60", "USD")

    allowed = await ask(signed.customer_id, "50", "USD")
    assert allowed.allowed
    assert (allowed.exposure.amount, allowed.exposure.currency) == ("0", "USD")
    assert not (await ask(signed.customer_id, "60.5", "USD")).allowed
    assert (await ask(signed.customer_id, "50", "CNY")).limit.currency == "CNY"


async def test_a_question_that_makes_no_sense_is_refused(askers: tuple[Asker, Asker]) -> None:
    ask, stranger = askers
    for customer, amount, currency in (
        ("me", "1", "CNY"),
        (str(uuid4()), "-1", "CNY"),
        (str(uuid4()), "x", ""),
    ):
        with pytest.raises(Invalid):
            await ask(customer, amount, currency)
    with pytest.raises(Unauthenticated):
        await stranger(str(uuid4()), "1")


async def test_a_limit_is_set_changed_and_told(graph: Graph, database: Database) -> None:
    customer = str(uuid4())
    await hear(database, registration(customer))

    first = await limit(graph, customer, "100", at="2025-01-01T08:00:00+08:00")
    second = await limit(graph, customer, "200", expectedVersion=1)

    assert first.data["setCreditLimit"]["creditLimit"]["version"] == 1
    assert second.data["setCreditLimit"]["creditLimit"] == {
        "version": 2,
        "amount": {"amount": "200", "currency": "CNY"},
        "customer": {"id": customer},
    }
    changes = await told(database, "CreditLimitChanged")
    assert [change["limit"]["amount"] for change in changes] == ["100", "200"]
    assert changes[0]["occurredAt"] == "2025-01-01T00:00:00Z"
    query = '{ creditLimits(filter: {currency: {eq: "CNY"}}, sort: {by: CREATED_AT}) { nodes { version } } }'
    assert (await graph(query)).data["creditLimits"]["nodes"] == [{"version": 2}]


async def test_a_refused_limit_tells_nobody(graph: Graph, database: Database) -> None:
    customer = str(uuid4())
    assert (await limit(graph, customer, "100")).codes == ["NOT_FOUND"]
    await hear(database, registration(customer))

    assert (await limit(graph, customer, "-1")).codes == ["INVALID"]
    assert (await limit(graph, customer, "1", "yuan")).codes == ["INVALID"]
    assert (await limit(graph, customer, "1", expectedVersion=1)).codes == ["CONFLICT"]
    asked = {"input": {"customerId": customer, "limit": {"amount": "1", "currency": "CNY"}}}
    assert (await graph(SET, asked, by=employee("*:read"))).codes == ["FORBIDDEN"]
    assert not await outbox(database)


async def test_the_credit_of_a_customer_is_seen_in_the_currency_of_their_limit(
    graph: Graph, database: Database
) -> None:
    signed, stranger = signature("70", currency="USD"), str(uuid4())
    await hear(database, signed)
    await limit(graph, signed.customer_id, "100", "USD")
    representations = [{"__typename": "Customer", "id": id} for id in (signed.customer_id, stranger)]

    answer = await graph(CREDIT, {"r": representations})

    assert [entity["credit"] for entity in answer.data["_entities"]] == [
        {
            "limit": {"amount": "100", "currency": "USD"},
            "exposure": {"amount": "70"},
            "available": {"amount": "30"},
        },
        {
            "limit": {"amount": "1000000", "currency": "CNY"},
            "exposure": {"amount": "0"},
            "available": {"amount": "1000000"},
        },
    ]
