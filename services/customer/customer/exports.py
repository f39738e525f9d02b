"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from customer.companies.graphql import CustomerFilter, CustomerOrder
from customer.companies.queries import CUSTOMERS
from customer.contacts.graphql import ContactFilter
from customer.contacts.queries import CONTACTS
from customer.interactions.graphql import InteractionFilter
from customer.interactions.queries import INTERACTIONS

EXPORTS = (
    exports("customer", "Customers", CUSTOMERS, filter=CustomerFilter, order=CustomerOrder),
    exports("customer", "Contacts", CONTACTS, filter=ContactFilter),
    exports("customer", "Interactions", INTERACTIONS, filter=InteractionFilter),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
