"""What companies add to tickets, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from roundel.service_desk.v1.service_desk_events_pb2 import CustomFieldsChanged
from service_desk.tickets.models import Ticket
from service_desk.tickets.queries import TICKETS
from service_desk.tickets.templates import TEMPLATES

TICKET_FIELDS = CustomFields(
    "Ticket",
    Ticket,
    TICKETS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard(
            "customerId", "reference", "客户", "Customer", required=True, settings={"object": "customer"}
        ),
        Standard("subject", "text", "主题", "Subject", required=True),
        Standard(
            "channel",
            "single_select",
            "渠道",
            "Channel",
            required=True,
            settings=choices(
                EMAIL=("邮件", "E-mail"),
                PHONE=("电话", "Phone"),
                PORTAL=("客户门户", "Portal"),
                SOCIAL=("社交媒体", "Social media"),
                WEB_CHAT=("网页聊天", "Chat"),
            ),
        ),
        Standard(
            "priority",
            "single_select",
            "优先级",
            "Priority",
            settings=choices(
                URGENT=("紧急", "Urgent"), HIGH=("高", "High"), NORMAL=("普通", "Normal"), LOW=("低", "Low")
            ),
        ),
        Standard("description", "long_text", "描述", "Description"),
        Standard("contactId", "reference", "联系人", "Contact", settings={"object": "contact"}),
        Standard("queue", "text", "队列", "Queue"),
    ),
    templates=TEMPLATES,
)
