"""What other services ask before they decide."""

from collections.abc import Awaitable
from uuid import UUID

import grpc

from chassis.access.rpc import granted
from chassis.database import Database
from chassis.errors import Invalid
from chassis.money import Money
from finance import wire
from finance.credit.queries import Standing, standings
from roundel.finance.v1 import finance_service_pb2 as pb
from roundel.finance.v1 import finance_service_pb2_grpc as pb_grpc

Call = grpc.aio.ServicerContext[pb.CheckCreditRequest, Awaitable[pb.CheckCreditResponse]]


class FinanceService(pb_grpc.FinanceServiceServicer):
    """Answers what others must know of a customer's money."""

    def __init__(self, database: Database, default_limit: Money) -> None:
        self._database = database
        self._default_limit = default_limit

    @granted("credit_limit", "read")
    async def CheckCredit(self, request: pb.CheckCreditRequest, context: Call) -> pb.CheckCreditResponse:
        """Tell whether a customer may owe this much more."""
        amount = wire.read(request.amount).not_negative("amount")
        statement = standings(self._default_limit, amount.currency)
        [row] = await self._database.read(statement, {"keys": [_id(request.customer_id)]})
        standing = Standing.of(row)
        objection = standing.objection(amount)
        return pb.CheckCreditResponse(
            allowed=not objection,
            limit=wire.write(standing.limit),
            exposure=wire.write(standing.exposure),
            available=wire.write(standing.available),
            reason=objection,
        )


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise Invalid(f"{written!r} is no id of a customer", path=("customer_id",)) from None
