"""What companies add to leads, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from roundel.sales.v1.sales_events_pb2 import CustomFieldsChanged
from sales.leads.models import Lead
from sales.leads.queries import LEADS
from sales.leads.templates import TEMPLATES

_INTEREST = ("需求与来源", "Interest")

LEAD_FIELDS = CustomFields(
    "Lead",
    Lead,
    LEADS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("company", "text", "公司", "Company", required=True),
        Standard("contactName", "text", "联系人", "Person there"),
        Standard("email", "email", "邮箱", "E-mail"),
        Standard("phone", "phone", "电话", "Phone"),
        Standard("region", "text", "地区", "Region"),
        Standard("industry", "text", "行业", "Industry"),
        Standard("productInterest", "text", "意向产品", "Product of interest", section=_INTEREST),
        Standard("source", "text", "来源", "Source", section=_INTEREST),
        Standard("message", "long_text", "留言", "Message", section=_INTEREST),
        Standard(
            "campaignId",
            "reference",
            "市场活动",
            "Campaign",
            settings={"object": "campaign"},
            section=_INTEREST,
        ),
        Standard("customerId", "reference", "客户", "Customer", settings={"object": "customer"}),
        Standard("ownerId", "employee", "负责人", "Owner"),
    ),
    templates=TEMPLATES,
)
