"""What companies add to campaigns, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from marketing.campaigns.models import Campaign
from marketing.campaigns.queries import CAMPAIGNS
from roundel.marketing.v1.marketing_events_pb2 import CustomFieldsChanged

CAMPAIGN_FIELDS = CustomFields(
    "Campaign",
    Campaign,
    CAMPAIGNS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("name", "text", "名称", "Name", required=True),
        Standard(
            "channel",
            "single_select",
            "渠道",
            "Channel",
            required=True,
            settings=choices(
                ADS=("广告", "Advertisements"),
                CONTENT=("内容营销", "Content"),
                EXPO=("展会", "Trade fair"),
                OFFLINE=("线下活动", "Offline event"),
                REFERRAL=("转介绍", "Referral"),
                WEBINAR=("线上研讨会", "Webinar"),
            ),
        ),
        Standard("sourceCode", "text", "来源码", "Source code", required=True),
        Standard("startsOn", "date", "开始日期", "First day", required=True),
        Standard("endsOn", "date", "结束日期", "Last day"),
        Standard("budget", "money", "预算", "Budget"),
    ),
)
