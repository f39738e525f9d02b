"""The lists of this service of which a field can be fixed in bulk."""

from chassis.importing.fixes import fixes
from customer.companies.graphql import CustomerFilter
from customer.companies.importable import IMPORTABLE_CUSTOMERS
from customer.companies.queries import CUSTOMERS
from customer.contacts.graphql import ContactFilter
from customer.contacts.importable import IMPORTABLE_CONTACTS
from customer.contacts.queries import CONTACTS

FIXES = (
    fixes("customer", IMPORTABLE_CUSTOMERS, CUSTOMERS, filter=CustomerFilter),
    fixes("customer", IMPORTABLE_CONTACTS, CONTACTS, filter=ContactFilter),
)
