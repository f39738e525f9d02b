"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.access.sharing import sharing
from chassis.graphql.schema import build, join
from customer.companies.fields import CUSTOMER_FIELDS
from customer.companies.graphql import Customer as CustomerNode
from customer.companies.graphql import CustomerMutations, CustomerQueries, CustomerSubscriptions
from customer.companies.importing import CustomerImport
from customer.companies.models import Customer
from customer.companies.queries import CUSTOMERS
from customer.contacts.fields import CONTACT_FIELDS
from customer.contacts.graphql import Contact as ContactNode
from customer.contacts.graphql import ContactMutations, ContactQueries
from customer.duplicates.graphql import DuplicateMutations, DuplicateQueries
from customer.exports import EXPORTS
from customer.fixes import FIXES
from customer.imports import IMPORTS
from customer.interactions.fields import INTERACTION_FIELDS
from customer.interactions.graphql import Interaction as InteractionNode
from customer.interactions.graphql import InteractionMutations, InteractionQueries
from customer.merges.graphql import MergeMutations, MergeQueries
from customer.trail import TRAIL
from customer.unique import UNIQUENESS

SHARED = (sharing(CUSTOMERS, Customer),)


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            INTERACTION_FIELDS.queries(),
            CONTACT_FIELDS.queries(),
            CUSTOMER_FIELDS.queries(),
            TRAIL.queries(),
            CustomerQueries,
            ContactQueries,
            InteractionQueries,
            DuplicateQueries,
            MergeQueries,
            *(each.queries for each in (*IMPORTS, *UNIQUENESS, *SHARED)),
        ),
        mutation=join(
            "Mutation",
            INTERACTION_FIELDS.mutations(InteractionNode),
            CONTACT_FIELDS.mutations(ContactNode),
            CUSTOMER_FIELDS.mutations(CustomerNode),
            CustomerMutations,
            ContactMutations,
            InteractionMutations,
            CustomerImport,
            *FIXES,
            DuplicateMutations,
            MergeMutations,
            *(each.mutations for each in (*IMPORTS, *UNIQUENESS, *SHARED)),
            *(each.mutations for each in EXPORTS),
        ),
        subscription=join("Subscription", CustomerSubscriptions),
    )
