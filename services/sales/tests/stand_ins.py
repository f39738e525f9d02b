"""Stand for the services that this one asks; only their answers are made up, the sockets are real."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from chassis.access import current
from chassis.access.rpc import granted, within_rights
from chassis.database import uuid7
from chassis.rpc.server import RpcServer
from roundel.common.v1 import record_service_pb2 as records_pb
from roundel.common.v1 import record_service_pb2_grpc as records_grpc
from roundel.common.v1.money_pb2 import Money
from roundel.customer.v1 import customer_actions_pb2 as customer_pb
from roundel.customer.v1 import customer_actions_pb2_grpc as customer_grpc
from roundel.finance.v1 import finance_service_pb2 as finance_pb
from roundel.finance.v1 import finance_service_pb2_grpc as finance_grpc


@dataclass
class Finance(finance_grpc.FinanceServiceServicer):
    """Stands for finance: allows, or refuses with a reason; remembers what it was asked."""

    refusal: str = ""
    asked: list[finance_pb.CheckCreditRequest] = field(default_factory=list)

    @granted("credit_limit", "read")
    async def CheckCredit(
        self, request: finance_pb.CheckCreditRequest, context: Any
    ) -> finance_pb.CheckCreditResponse:
        """Answer as the test wants."""
        self.asked.append(request)
        return finance_pb.CheckCreditResponse(
            allowed=not self.refusal,
            reason=self.refusal,
            limit=Money(amount="100.00", currency="CNY"),
            exposure=Money(amount="0.00", currency="CNY"),
            available=Money(amount="100.00", currency="CNY"),
        )


@dataclass
class Customers(customer_grpc.CustomerActionsServicer):
    """Stands for the customer service: gives the same id for the same name."""

    asked: list[customer_pb.RegisterCustomerRequest] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    @granted("customer", "create")
    async def RegisterCustomer(
        self, request: customer_pb.RegisterCustomerRequest, context: Any
    ) -> customer_pb.RegisterCustomerResponse:
        """Register."""
        self.asked.append(request)
        id = self.ids.setdefault(request.name, str(uuid7()))
        return customer_pb.RegisterCustomerResponse(customer_id=id, created=True)


@dataclass
class Records(records_grpc.RecordServiceServicer):
    """Stands for what customer says of its records: those of `told`; remembers who asked for which."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[UUID | None, list[str]]] = field(default_factory=list)

    @within_rights
    async def BatchGetRecords(
        self, request: records_pb.BatchGetRecordsRequest, context: Any
    ) -> records_pb.BatchGetRecordsResponse:
        """Answer out of what the test told."""
        self.asked.append((current().id, list(request.ids)))
        there = {"industry": "industry", "sizeBand": "size_band", "custom.tier": "custom.tier"}
        fields = {asked: name for asked, name in there.items() if asked in request.fields}
        records = {}
        for id in request.ids:
            if (held := self.told.get(id)) is not None:
                told = {name: held[name] for name in fields.values() if name in held}
                records[id] = orjson.dumps(told).decode()
        return records_pb.BatchGetRecordsResponse(fields=fields, records=records)


@dataclass
class Others:
    """The services that this one asks, and a caller whom they know."""

    finance: Finance
    customers: Customers
    records: Records
    server: RpcServer
    token: str
    peers: dict[str, str]
