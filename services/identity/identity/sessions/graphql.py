"""Signing in."""

from datetime import datetime

import strawberry

from chassis.database import fetch
from chassis.graphql.policy import Public
from identity.context import Info
from identity.employees.models import Employee as EmployeeRow
from identity.people import Employee
from identity.sessions import commands
from identity.sessions.signing_in import prove_identity
from identity.signing_keys.tokens import Subject


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
            subject = Subject("employee", id, employee.name, employee.roles)
            issued = await commands.open_session(session, context.mint, subject, at=at)
        return SignInPayload(token=issued.token, expires_at=issued.expires_at, employee=Employee.of(employee))
