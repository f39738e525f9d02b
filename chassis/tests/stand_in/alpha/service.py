"""A service about nothing, for the tests of what every service has in common."""

import asyncio

import strawberry
from sqlalchemy import func, select

import alpha
from alpha.models import Model, Note
from chassis.access import Principal
from chassis.access.rpc import granted
from chassis.database import uuid7
from chassis.graphql.context import BaseContext
from chassis.graphql.policy import Granted
from chassis.graphql.schema import build
from chassis.rpc.server import Context
from chassis.service import Periodic, Runtime, Service
from roundel.finance.v1.finance_service_pb2 import CheckCreditRequest, CheckCreditResponse
from roundel.finance.v1.finance_service_pb2_grpc import (
    FinanceServiceServicer,
    add_FinanceServiceServicer_to_server,
)

COUNT = select(func.count()).select_from(Note.__table__)


@strawberry.type
class Query:
    @strawberry.field(extensions=[Granted("note", "read")])
    async def note_count(self, info: strawberry.Info) -> int:
        count: int = (await info.context.database.read(COUNT))[0][0]
        return count


@strawberry.type
class Mutation:
    @strawberry.mutation(extensions=[Granted("note", "write")])
    async def write_note(self, info: strawberry.Info, text: str) -> int:
        async with info.context.database.transaction() as session:
            session.add(Note(id=uuid7(), text=text))
        return len(text)


async def remember_the_time(runtime: Runtime) -> None:
    async with runtime.database.transaction() as session:
        session.add(Note(text=runtime.clock().isoformat()))


class Slow(FinanceServiceServicer):
    @granted("note", "read")
    async def CheckCredit(self, request: CheckCreditRequest, context: Context) -> CheckCreditResponse:
        await asyncio.sleep(1)
        return CheckCreditResponse(allowed=True)


def context(runtime: Runtime, principal: Principal) -> BaseContext:
    return BaseContext(runtime.database, principal)


def make() -> Service:
    return Service(
        name="alpha",
        package=alpha,
        metadata=Model.metadata,
        schema=lambda: build(query=Query, mutation=Mutation),
        context=context,
        rpc=lambda _: [(add_FinanceServiceServicer_to_server, Slow())],
        periodic=[Periodic(0.1, remember_the_time)],
    )
