"""What companies add to prospects, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from marketing.prospects.models import Prospect
from marketing.prospects.queries import PROSPECTS
from roundel.marketing.v1.marketing_events_pb2 import CustomFieldsChanged

_INTEREST = ("需求与来源", "Interest")

PROSPECT_FIELDS = CustomFields(
    "Prospect",
    Prospect,
    PROSPECTS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("company", "text", "公司", "Company", read_only=True),
        Standard("contactName", "text", "联系人", "Person there", read_only=True),
        Standard("email", "email", "邮箱", "E-mail", read_only=True),
        Standard("phone", "phone", "电话", "Phone", read_only=True),
        Standard("region", "text", "地区", "Region", read_only=True),
        Standard("industry", "text", "行业", "Industry", read_only=True),
        Standard(
            "status",
            "single_select",
            "状态",
            "Status",
            settings=choices(
                CAPTURED=("已获取", "Captured"),
                QUALIFIED=("已合格", "Qualified"),
                CONVERTED=("已转化", "Converted"),
            ),
            read_only=True,
        ),
        Standard(
            "productInterest", "text", "意向产品", "Product of interest", section=_INTEREST, read_only=True
        ),
        Standard("source", "text", "来源", "Source", section=_INTEREST, read_only=True),
        Standard(
            "campaign",
            "reference",
            "市场活动",
            "Campaign",
            settings={"object": "campaign"},
            section=_INTEREST,
            read_only=True,
        ),
        Standard("message", "long_text", "留言", "Message", section=_INTEREST, read_only=True),
    ),
)
