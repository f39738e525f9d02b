"""From an e-mail address and a password to an employee, at a pace that makes guessing hopeless."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit.context import address
from chassis.database import Database
from chassis.edges.addresses import counted_as
from chassis.errors import Unauthenticated
from identity.employees.models import Employee
from identity.employees.passwords import is_right
from identity.employees.queries import who_may_sign_in
from identity.roles.catalogue import EVERYBODY
from identity.roles.queries import grants_of
from identity.sessions import commands, queries
from identity.sessions.models import How
from identity.signing_keys.tokens import Subject


async def prove_identity(database: Database, *, email: str, password: str, at: datetime) -> UUID:
    """Return the id of the active employee who has this address and password.

    Raises LimitExceeded after five failures in fifteen minutes, or fifty from where the caller is, else
    Unauthenticated, which does not tell what was wrong and takes as long for an unknown e-mail address. No
    connection is held while hashing.
    """
    email, source = email.strip().lower()[:320], whence()
    async with database.transaction() as session:
        await _refuse(session, email, source, at=at)
        found = await who_may_sign_in(session, email)
    right = await is_right(password, found[1] if found else None)
    async with database.transaction() as session:
        # Decided one after the other: of many guesses at once, the first five get an answer.
        for each in filter(None, (source, email)):
            await queries.one_at_a_time(session, each)
        await _refuse(session, email, source, at=at)
        if right:
            await commands.forget_failures(session, email)
        else:
            await commands.note_failure(session, How.PASSWORD, email=email, source=source, at=at)
    if not right or found is None:
        raise Unauthenticated("E-mail address or password is wrong")
    return found[0]


def whence() -> str | None:
    """Return as what the caller's address is counted; None where no address is known."""
    found = address()
    return counted_as(found) if found else None


async def _refuse(session: AsyncSession, email: str, source: str | None, *, at: datetime) -> None:
    await queries.refuse_after_many_failures_from(session, source, How.PASSWORD, at=at)
    await queries.refuse_after_many_failures(session, email, at=at)


async def employee_subject(session: AsyncSession, employee: Employee) -> Subject:
    """Return whom an employee's token speaks for, with all that is granted now."""
    grants = await grants_of(session, [EVERYBODY, *employee.roles])
    return Subject("employee", employee.id, employee.name, employee.roles, grants)
