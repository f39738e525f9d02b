"""What companies add to companies, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from customer.companies.models import Customer
from customer.companies.queries import CUSTOMERS
from customer.companies.templates import TEMPLATES
from roundel.customer.v1.customer_events_pb2 import CustomFieldsChanged

_PROFILE = ("客户概况", "Profile")
_REGISTRY = ("工商信息", "Registry")

CUSTOMER_FIELDS = CustomFields(
    "Customer",
    Customer,
    CUSTOMERS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("name", "text", "名称", "Name", required=True),
        Standard(
            "profile.status",
            "single_select",
            "客户状态",
            "Status",
            settings=choices(
                CONTACTED=("初步接触", "Contacted"),
                INTERESTED=("意向明确", "Interested"),
                NEGOTIATING=("商务谈判", "Negotiating"),
                SIGNED=("已签约", "Signed"),
            ),
        ),
        Standard("profile.ownerId", "employee", "负责人", "Owner"),
        Standard("profile.source", "text", "客户来源", "Source"),
        Standard("profile.parentId", "reference", "上级公司", "Parent", settings={"object": "customer"}),
        Standard("profile.industry", "text", "行业", "Industry", section=_PROFILE),
        Standard("profile.region", "text", "地区", "Region", section=_PROFILE),
        Standard(
            "profile.sizeBand",
            "number_band",
            "人员规模",
            "Head count",
            settings={"bands": ["0-50", "50-200", "200-1000", "1000+"]},
            section=_PROFILE,
        ),
        Standard("profile.employees", "integer", "员工人数", "Employees", section=_PROFILE),
        Standard("profile.revenue", "money", "年营收", "Revenue", section=_PROFILE),
        Standard("profile.painPoints", "tags", "痛点", "Pain points", section=_PROFILE),
        Standard("profile.incumbent", "text", "现有或竞品方案", "Present solution", section=_PROFILE),
        Standard(
            "profile.registrationNumber", "uscc", "统一社会信用代码", "Registration number", section=_REGISTRY
        ),
        Standard(
            "profile.legalRepresentative", "text", "法定代表人", "Legal representative", section=_REGISTRY
        ),
        Standard("profile.foundedYear", "integer", "成立年份", "Founded in", section=_REGISTRY),
        Standard("profile.headquarters", "text", "总部", "Headquarters", section=_REGISTRY),
    ),
    templates=TEMPLATES,
)
