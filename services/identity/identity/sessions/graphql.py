"""Signing in, and ending what began with it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Public, SignedIn
from identity.context import Info
from identity.employees.models import Employee as EmployeeRow
from identity.people import Employee
from identity.sessions import commands, queries
from identity.sessions.models import How
from identity.sessions.signing_in import employee_subject, prove_identity

HowSignedIn = strawberry.enum(How, name="SignInMethod", description="What proved who somebody is.")


@strawberry.type(description="A token that was given out and is still good.")
class Session:
    id: UUID = strawberry.field(description="Id of the session: `jti` of its token.")
    method: HowSignedIn = strawberry.field(description="What proved who it was.")  # type: ignore[valid-type]
    created_at: datetime = strawberry.field(description="When it began.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    current: bool = strawberry.field(description="The one that asks.")

    @classmethod
    def of(cls, row: Any, current: UUID | None) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            method=row.how,
            created_at=row.created_at,
            expires_at=row.expires_at,
            current=row.id == current,
        )


@strawberry.type
class SessionQueries:
    @strawberry.field(
        extensions=[SignedIn()], description="Where one is signed in: the open sessions, newest first."
    )
    async def my_sessions(self, info: Info) -> list[Session]:
        me = info.context.principal
        found = await queries.shown(info.context.database, me.id) if me.id else []
        return [Session.of(row, me.session) for row in found]


@strawberry.input(description="A session that is to end.")
class EndSessionInput(Input):
    id: UUID = strawberry.field(description="Which session; somebody else's takes the grant session:end.")


@strawberry.input(description="Whose sessions are to end.")
class EndSessionsInput(Input):
    employee_id: UUID = strawberry.field(description="Who; others than oneself take the grant session:end.")


@strawberry.type(description="The session that was ended.")
class EndSessionPayload:
    id: UUID = strawberry.field(description="Its id.")


@strawberry.type(description="What was ended.")
class EndSessionsPayload:
    ended: int = strawberry.field(description="How many sessions.")


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="E-mail address.")
    password: str = strawberry.field(description="Password.")


@strawberry.type(description="What to send as `authorization: Bearer …` from now on.")
class SignInPayload:
    token: str = strawberry.field(description="The token.")
    expires_at: datetime = strawberry.field(description="When it ends.")
    employee: Employee = strawberry.field(description="Who signed in.")


@strawberry.type
class SessionMutations:
    @strawberry.federation.mutation(
        extensions=[Public()],
        tags=["public"],
        description="Begin a session of 8 hours; after five failures in 15 minutes an address has to wait.",
    )
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:
        context, at = info.context, info.context.now()
        id = await prove_identity(context.database, email=input.email, password=input.password, at=at)
        async with context.database.transaction() as session:
            employee = await fetch(session, EmployeeRow, id)
            subject = await employee_subject(session, employee)
            issued = await commands.open_session(session, context.mint, subject, how=How.PASSWORD, at=at)
        return SignInPayload(token=issued.token, expires_at=issued.expires_at, employee=Employee.of(employee))

    @strawberry.mutation(
        extensions=[SignedIn()], description="Sign out: a session's token opens nothing any more."
    )
    async def end_session(self, info: Info, input: EndSessionInput) -> EndSessionPayload:
        me, at = info.context.principal, info.context.now()
        whose = None if me.may("session", "end") else me.id

        async def end(session: AsyncSession) -> None:
            await commands.end_session(session, input.id, subject_id=whose, at=at)

        await info.context.change(input, end)
        return EndSessionPayload(id=input.id)

    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Sign somebody out everywhere, oneself or with session:end others.",
    )
    async def end_sessions(self, info: Info, input: EndSessionsInput) -> EndSessionsPayload:
        me, at = info.context.principal, info.context.now()
        if input.employee_id != me.id:
            me.require("session", "end")
        ended = await info.context.change(
            input, lambda session: commands.end_sessions(session, input.employee_id, at=at)
        )
        return EndSessionsPayload(ended=ended)
