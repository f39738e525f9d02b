"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from customer.companies.graphql import CustomerMutations, CustomerQueries, CustomerSubscriptions
from customer.companies.importing import CustomerImport
from customer.contacts.graphql import ContactMutations, ContactQueries
from customer.exports import EXPORTS
from customer.imports import IMPORTS
from customer.interactions.graphql import InteractionMutations, InteractionQueries
from customer.trail import TRAIL
from customer.unique import UNIQUENESS


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            TRAIL.queries(),
            CustomerQueries,
            ContactQueries,
            InteractionQueries,
            *(each.queries for each in (*IMPORTS, *UNIQUENESS)),
        ),
        mutation=join(
            "Mutation",
            CustomerMutations,
            ContactMutations,
            InteractionMutations,
            CustomerImport,
            *(each.mutations for each in (*IMPORTS, *UNIQUENESS)),
            *(each.mutations for each in EXPORTS),
        ),
        subscription=join("Subscription", CustomerSubscriptions),
    )
