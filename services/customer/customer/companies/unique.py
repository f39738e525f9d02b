"""By which rules a company is entered only once, beside its name and its external id."""

from chassis.uniqueness.commands import Unique
from customer.companies.models import Customer

UNIQUE_CUSTOMERS = Unique("customer", "Customer", Customer, {})
