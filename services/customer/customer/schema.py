"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from customer.companies.graphql import CustomerMutations, CustomerQueries, CustomerSubscriptions
from customer.companies.importing import CustomerImport
from customer.contacts.graphql import ContactMutations, ContactQueries
from customer.interactions.graphql import InteractionMutations, InteractionQueries


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join("Query", CustomerQueries, ContactQueries, InteractionQueries),
        mutation=join("Mutation", CustomerMutations, ContactMutations, InteractionMutations, CustomerImport),
        subscription=join("Subscription", CustomerSubscriptions),
    )
