"""What can happen to a contact."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning import reach
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.uniqueness.commands import claim, release
from customer.companies.models import Customer
from customer.contacts.models import Contact, DecisionRole
from customer.contacts.unique import UNIQUE_CONTACTS
from roundel.customer.v1 import customer_events_pb2 as events

Told = TypeVar("Told", events.ContactAdded, events.ContactChanged)


async def add_contact(
    session: AsyncSession,
    *,
    customer_id: UUID,
    name: str,
    title: str | None = None,
    decision_role: DecisionRole = DecisionRole.USER,
    email: str | None = None,
    phone: str | None = None,
    reports_to_id: UUID | None = None,
    custom: Sequence[Given] | None = None,
) -> Contact:
    """Enter a person at a company.

    Raises NotFound for an unknown company, Invalid for an impossible phone number or e-mail address and
    Conflict when a rule of uniqueness says that the person is known.
    """
    await fetch(session, Customer, customer_id)
    contact = Contact(
        customer_id=customer_id,
        name=_name(name),
        title=title,
        decision_role=decision_role,
        email=_email(email),
        phone=phone_number(phone),
        reports_to_id=reports_to_id,
    )
    await fields.write(session, contact, custom)
    try:
        async with session.begin_nested():
            session.add(contact)
    except IntegrityError as error:
        raise Invalid("The superior is no contact we know", path=("input", "reportsToId")) from error
    await claim(session, UNIQUE_CONTACTS, [contact.id])
    emit(session, _told(events.ContactAdded, contact, contact.created_at), subject=contact.id)
    return contact


async def change_contact(session: AsyncSession, id: UUID, *, changes: Mapping[str, Any]) -> Contact:
    """Set the named columns of a contact; a column that is not named stays.

    Raises Conflict when a rule of uniqueness says that somebody else is this person.
    """
    contact = await fetch(session, Contact, id)
    if contact.merged_into_id is not None:
        raise Conflict(
            f"{contact.name} was merged into another contact; change that one",
            path=("input", "id"),
            mergedIntoId=str(contact.merged_into_id),
        )
    for column, value in changes.items():
        setattr(contact, column, _CLEANED[column](value) if column in _CLEANED else value)
    await session.flush()
    await claim(session, UNIQUE_CONTACTS, [contact.id])
    await tell_changed(session, contact)
    return contact


async def tell_changed(session: AsyncSession, contact: Contact) -> None:
    """Tell what a contact is like now."""
    await session.flush()
    emit(session, _told(events.ContactChanged, contact, now()), subject=contact.id)


async def remove_contact(session: AsyncSession, contact: Contact) -> None:
    """Forget a person who was entered by mistake; raises IntegrityError when something refers to them."""
    await session.delete(contact)
    await session.flush()
    await release(session, UNIQUE_CONTACTS, [contact.id])
    removed = events.ContactRemoved(
        contact_id=str(contact.id),
        version=contact.version + 1,
        customer_id=str(contact.customer_id),
        name=contact.name,
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=contact.id)


def _told(kind: type[Told], contact: Contact, at: datetime) -> Told:
    event = kind(
        contact_id=str(contact.id),
        version=contact.version,
        customer_id=str(contact.customer_id),
        name=contact.name,
        title=contact.title or "",
        decision_role=events.DecisionRole.Value(f"DECISION_ROLE_{contact.decision_role.name}"),
        email=contact.email or "",
        phone=contact.phone or "",
    )
    event.occurred_at.FromDatetime(at)
    return event


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise Invalid("A contact needs a name", path=("input", "name"))
    return clean


def _email(email: str | None) -> str | None:
    return _cleaned(reach.email_address, email, "email")


def phone_number(phone: str | None) -> str | None:
    """Return the number as E.164, or None for an empty text; raise Invalid when it cannot be one."""
    return _cleaned(reach.phone_number, phone, "phone")


def _cleaned(clean: Callable[[str], str], text: str | None, field: str) -> str | None:
    if not text or not text.strip():
        return None
    try:
        return clean(text)
    except Invalid as error:
        raise Invalid(error.message, path=("input", field)) from None


_CLEANED: Mapping[str, Callable[[Any], Any]] = {"name": _name, "email": _email, "phone": phone_number}
