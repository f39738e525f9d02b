"""From an e-mail address and a password to an employee, at a pace that makes guessing hopeless."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import Unauthenticated
from identity.employees.models import Employee
from identity.employees.passwords import is_right
from identity.employees.queries import who_may_sign_in
from identity.roles.catalogue import EVERYBODY
from identity.roles.queries import grants_of
from identity.sessions import commands, queries
from identity.signing_keys.tokens import Subject


async def prove_identity(database: Database, *, email: str, password: str, at: datetime) -> UUID:
    """Return the id of the active employee who has this address and password.

    Raises LimitExceeded after five failures in fifteen minutes, else Unauthenticated, which does not tell
    what was wrong and takes as long for an unknown address. No connection is held while hashing.
    """
    email = email.strip().lower()[:320]
    async with database.transaction() as session:
        await queries.refuse_after_many_failures(session, email, at=at)
        found = await who_may_sign_in(session, email)
    right = await is_right(password, found[1] if found else None)
    async with database.transaction() as session:
        # Decided one after the other: of many guesses at once, the first five get an answer.
        await queries.one_at_a_time(session, email)
        await queries.refuse_after_many_failures(session, email, at=at)
        if right:
            await commands.forget_failures(session, email)
        else:
            await commands.note_failure(session, email, at=at)
    if not right or found is None:
        raise Unauthenticated("E-mail address or password is wrong")
    return found[0]


async def employee_subject(session: AsyncSession, employee: Employee) -> Subject:
    """Return whom an employee's token speaks for, with all that is granted now."""
    grants = await grants_of(session, [EVERYBODY, *employee.roles])
    return Subject("employee", employee.id, employee.name, employee.roles, grants)
