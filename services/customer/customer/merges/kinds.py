"""What can be merged: companies and contacts, and what of this service names them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.merging.following import Merging, Pointer
from chassis.uniqueness.commands import Unique
from customer.companies.commands import tell_changed as tell_company
from customer.companies.models import Customer
from customer.companies.unique import UNIQUE_CUSTOMERS
from customer.contacts.commands import tell_changed as tell_contact
from customer.contacts.models import Contact
from customer.contacts.unique import UNIQUE_CONTACTS
from customer.interactions.models import Interaction
from customer.merges.fields import Fields, fields
from roundel.customer.v1 import customer_events_pb2 as events


@dataclass(frozen=True)
class Kind:
    """An object whose records can be merged; `above` is the column that names the record above."""

    object: str
    model: Any
    above: str
    fields: Fields
    unique: Unique
    merging: Merging
    merged: type[Message]
    unmerged: type[Message]
    ids: Callable[[Any], Mapping[str, str]]
    tell_changed: Callable[[AsyncSession, Any], Awaitable[Any]]


COMPANY = Kind(
    object="customer",
    model=Customer,
    above="parent_id",
    fields=fields(
        *("status", "industry", "region", "size_band", "source", "incumbent", "owner_id", "external_id"),
        *("registration_number", "legal_representative", "founded_year", "employees", "headquarters"),
        *("parent_id", "last_follow_up_at"),
        together={
            "name": ("name", "name_key", "name_sort"),
            "revenue": ("revenue_amount", "revenue_currency"),
        },
        lists=("tags", "pain_points"),
        latest=("lastFollowUpAt",),
        unique=("name_key", "external_id"),
    ),
    unique=UNIQUE_CUSTOMERS,
    merging=Merging(
        "customer",
        (Pointer(Contact.customer_id), Pointer(Interaction.customer_id), Pointer(Customer.parent_id)),
    ),
    merged=events.CustomersMerged,
    unmerged=events.CustomersUnmerged,
    ids=lambda winner: {"customer_id": str(winner.id)},
    tell_changed=tell_company,
)

PERSON = Kind(
    object="contact",
    model=Contact,
    above="reports_to_id",
    fields=fields("name", "title", "decision_role", "email", "phone", "reports_to_id", together={}),
    unique=UNIQUE_CONTACTS,
    merging=Merging("contact", (Pointer(Interaction.contact_id), Pointer(Contact.reports_to_id))),
    merged=events.ContactsMerged,
    unmerged=events.ContactsUnmerged,
    ids=lambda winner: {"customer_id": str(winner.customer_id), "contact_id": str(winner.id)},
    tell_changed=tell_contact,
)
