"""What companies add to tickets, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from service_desk.tickets.models import Ticket
from service_desk.tickets.queries import TICKETS

TICKET_FIELDS = CustomFields(
    "Ticket",
    Ticket,
    TICKETS,
    standard=(
        Standard(
            "customerId", "reference", "客户", "Customer", required=True, settings={"object": "customer"}
        ),
        Standard("subject", "text", "主题", "Subject", required=True),
        Standard("channel", "single_select", "渠道", "Channel", required=True),
        Standard("priority", "single_select", "优先级", "Priority"),
        Standard("description", "long_text", "描述", "Description"),
        Standard("contactId", "reference", "联系人", "Contact", settings={"object": "contact"}),
        Standard("queue", "text", "队列", "Queue"),
    ),
)
