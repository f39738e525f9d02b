"""What companies add to contacts, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from customer.contacts.models import Contact
from customer.contacts.queries import CONTACTS

CONTACT_FIELDS = CustomFields(
    "Contact",
    Contact,
    CONTACTS,
    standard=(
        Standard(
            "customerId", "reference", "客户", "Customer", required=True, settings={"object": "customer"}
        ),
        Standard("name", "text", "姓名", "Name", required=True),
        Standard("title", "text", "职位", "Position"),
        Standard("decisionRole", "single_select", "决策角色", "Role in decisions"),
        Standard("email", "email", "邮箱", "E-mail"),
        Standard("phone", "phone", "电话", "Phone"),
        Standard("reportsToId", "reference", "上级", "Superior", settings={"object": "contact"}),
    ),
)
