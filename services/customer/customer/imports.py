"""The objects of this service that files bring in."""

from customer.companies.importable import CUSTOMER_IMPORTS, IMPORTABLE_CUSTOMERS
from customer.contacts.importable import CONTACT_IMPORTS, IMPORTABLE_CONTACTS

IMPORTABLES = (
    IMPORTABLE_CUSTOMERS,
    IMPORTABLE_CONTACTS,
)
IMPORTS = (
    CUSTOMER_IMPORTS,
    CONTACT_IMPORTS,
)
