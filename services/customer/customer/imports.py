"""The objects of this service that files bring in."""

from customer.companies.importable import CUSTOMER_IMPORTS, IMPORTABLE_CUSTOMERS
from customer.contacts.importable import CONTACT_IMPORTS, IMPORTABLE_CONTACTS
from customer.interactions.importable import IMPORTABLE_INTERACTIONS, INTERACTION_IMPORTS

IMPORTABLES = (
    IMPORTABLE_CUSTOMERS,
    IMPORTABLE_CONTACTS,
    IMPORTABLE_INTERACTIONS,
)
IMPORTS = (
    CUSTOMER_IMPORTS,
    CONTACT_IMPORTS,
    INTERACTION_IMPORTS,
)
