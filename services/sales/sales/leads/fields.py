"""The form of leads, and the fields that companies usually add to it."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from sales.leads.models import Lead
from sales.leads.queries import LEADS

LEAD_FIELDS = CustomFields(
    "Lead",
    Lead,
    LEADS,
    standard=(
        Standard("company", "text", "公司", "Company", required=True),
        Standard("contactName", "text", "联系人", "Person there"),
        Standard("email", "email", "邮箱", "E-mail"),
        Standard("phone", "phone", "电话", "Phone"),
        Standard("region", "text", "地区", "Region"),
        Standard("industry", "text", "行业", "Industry"),
        Standard("productInterest", "text", "意向产品", "Product of interest"),
        Standard("source", "text", "来源", "Source"),
        Standard("message", "long_text", "留言", "Message"),
        Standard("campaignId", "reference", "市场活动", "Campaign", settings={"object": "campaign"}),
        Standard("customerId", "reference", "客户", "Customer", settings={"object": "customer"}),
        Standard("ownerId", "employee", "负责人", "Owner"),
    ),
    templates={
        "qualification": (
            {
                "key": "decision_chain",
                "type": "long_text",
                "label_zh": "决策链",
                "label_en": "Decision chain",
                "group": "BANT",
            },
            {
                "key": "budget_band",
                "type": "number_band",
                "label_zh": "预算（万元）",
                "label_en": "Budget (10 000 CNY)",
                "settings": {"bands": ["0-10", "10-50", "50-200", "200+"]},
                "group": "BANT",
            },
            {
                "key": "competitors",
                "type": "tags",
                "label_zh": "竞争对手",
                "label_en": "Competitors",
                "group": "BANT",
            },
            {
                "key": "decision_date",
                "type": "date",
                "label_zh": "预计决策日期",
                "label_en": "Decision expected on",
                "group": "BANT",
            },
        ),
    },
)
