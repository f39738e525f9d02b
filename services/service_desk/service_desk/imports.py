"""The objects of this service that files bring in."""

from service_desk.tickets.importable import IMPORTABLE_TICKETS, TICKET_IMPORTS

IMPORTABLES = (IMPORTABLE_TICKETS,)
IMPORTS = (TICKET_IMPORTS,)
