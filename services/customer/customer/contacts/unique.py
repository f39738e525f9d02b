"""By which rules a contact is entered only once."""

from chassis.uniqueness.commands import Unique
from customer.contacts.models import Contact

UNIQUE_CONTACTS = Unique(
    "contact", "Contact", Contact, {"phone": ("phone",), "company and name": ("customer_id", "name")}
)
