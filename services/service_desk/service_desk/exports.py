"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from service_desk.surveys.graphql import SurveyFilter, SurveyOrder
from service_desk.surveys.queries import SURVEYS
from service_desk.tickets.graphql import TicketFilter, TicketOrder
from service_desk.tickets.queries import TICKETS

EXPORTS = (
    exports("service_desk", "Tickets", TICKETS, filter=TicketFilter, order=TicketOrder),
    exports("service_desk", "Surveys", SURVEYS, filter=SurveyFilter, order=SurveyOrder),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
