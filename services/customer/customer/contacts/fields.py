"""What companies add to contacts, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from customer.contacts.models import Contact
from customer.contacts.queries import CONTACTS
from customer.contacts.templates import TEMPLATES
from roundel.customer.v1.customer_events_pb2 import CustomFieldsChanged

CONTACT_FIELDS = CustomFields(
    "Contact",
    Contact,
    CONTACTS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard(
            "customerId", "reference", "客户", "Customer", required=True, settings={"object": "customer"}
        ),
        Standard("name", "text", "姓名", "Name", required=True),
        Standard("title", "text", "职位", "Position"),
        Standard(
            "decisionRole",
            "single_select",
            "决策角色",
            "Role in decisions",
            settings=choices(
                DECISION_MAKER=("决策者", "Decision maker"),
                INFLUENCER=("影响者", "Influencer"),
                USER=("使用者", "User"),
            ),
        ),
        Standard("email", "email", "邮箱", "E-mail"),
        Standard("phone", "phone", "电话", "Phone"),
        Standard("reportsToId", "reference", "上级", "Superior", settings={"object": "contact"}),
    ),
    templates=TEMPLATES,
)
