"""What companies add to interactions, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from customer.interactions.models import Interaction
from customer.interactions.queries import INTERACTIONS
from roundel.customer.v1.customer_events_pb2 import CustomFieldsChanged

INTERACTION_FIELDS = CustomFields(
    "Interaction",
    Interaction,
    INTERACTIONS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard(
            "customerId", "reference", "客户", "Customer", required=True, settings={"object": "customer"}
        ),
        Standard(
            "kind",
            "single_select",
            "方式",
            "How",
            required=True,
            settings=choices(
                CALL=("电话", "Call"),
                MEETING=("会议", "Meeting"),
                VISIT=("拜访", "Visit"),
                EMAIL=("邮件", "E-mail"),
                MESSAGE=("消息", "Message"),
                DEMO=("演示", "Demonstration"),
                NOTE=("备注", "Note"),
            ),
        ),
        Standard("subject", "text", "主题", "Subject", required=True),
        Standard("at", "datetime", "时间", "When"),
        Standard("contactId", "reference", "联系人", "Contact", settings={"object": "contact"}),
        Standard("body", "long_text", "内容", "What was said"),
        Standard("nextPlan", "long_text", "下一步计划", "Next plan"),
    ),
)
