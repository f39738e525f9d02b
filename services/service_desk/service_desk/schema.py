"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.access.sharing import sharing
from chassis.graphql.schema import build, join
from service_desk.exports import EXPORTS
from service_desk.imports import IMPORTS
from service_desk.surveys.graphql import SurveyMutations, SurveyQueries, SurveySubscriptions
from service_desk.tickets.fields import TICKET_FIELDS
from service_desk.tickets.graphql import Customer, TicketQueries, TicketSubscriptions
from service_desk.tickets.graphql import Ticket as TicketNode
from service_desk.tickets.models import Ticket
from service_desk.tickets.mutations import TicketMutations
from service_desk.tickets.queries import TICKETS
from service_desk.trail import TRAIL

SHARED = (sharing(TICKETS, Ticket),)


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            TICKET_FIELDS.queries(),
            TRAIL.queries(),
            TicketQueries,
            SurveyQueries,
            *(each.queries for each in (*IMPORTS, *SHARED)),
        ),
        mutation=join(
            "Mutation",
            TICKET_FIELDS.mutations(TicketNode),
            TicketMutations,
            SurveyMutations,
            *(each.mutations for each in (*IMPORTS, *EXPORTS, *SHARED)),
        ),
        subscription=join("Subscription", TicketSubscriptions, SurveySubscriptions),
        types=[Customer],
    )
