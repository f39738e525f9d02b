"""The objects of this service with rules of uniqueness."""

from chassis.uniqueness.graphql import uniqueness
from customer.companies.unique import UNIQUE_CUSTOMERS
from customer.contacts.unique import UNIQUE_CONTACTS

UNIQUENESS = tuple(map(uniqueness, (UNIQUE_CUSTOMERS, UNIQUE_CONTACTS)))
