"""What companies add to opportunities, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from roundel.sales.v1.sales_events_pb2 import CustomFieldsChanged
from sales.opportunities.models import Opportunity
from sales.opportunities.queries import OPPORTUNITIES
from sales.opportunities.templates import TEMPLATES

OPPORTUNITY_FIELDS = CustomFields(
    "Opportunity",
    Opportunity,
    OPPORTUNITIES,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("name", "text", "商机名称", "Name", required=True),
        Standard("customerId", "reference", "客户", "Customer", settings={"object": "customer"}),
        Standard("ownerId", "employee", "负责人", "Owner"),
        Standard("amount", "money", "预计金额", "Expected amount"),
        Standard("productId", "reference", "产品", "Product", settings={"object": "product"}),
        Standard("engagedOn", "date", "首次接触", "First contact"),
    ),
    templates=TEMPLATES,
)
