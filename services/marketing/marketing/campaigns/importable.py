"""Campaigns in files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, first_of, known_by
from chassis.money import Money
from marketing.campaigns import commands
from marketing.campaigns.models import Campaign, CampaignChannel

CURRENCY = "CNY"  # of budgets that name none
CHANNELS = {channel.value: channel for channel in CampaignChannel} | {
    "线上研讨会": CampaignChannel.WEBINAR,
    "展会": CampaignChannel.EXPO,
    "内容": CampaignChannel.CONTENT,
    "广告": CampaignChannel.ADS,
    "线下活动": CampaignChannel.OFFLINE,
    "转介绍": CampaignChannel.REFERRAL,
}


def _budget(row: Values) -> Money | None:
    return (
        Money(row["budget_amount"], row.get("budget_currency", CURRENCY)) if "budget_amount" in row else None
    )


async def _create(session: AsyncSession, row: Values) -> Campaign:
    plain = {name: value for name, value in row.items() if not name.startswith("budget_")}
    return await commands.launch_campaign(session, **plain, budget=_budget(row))


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Campaign:
    id, values = row
    plain = {name: value for name, value in values.items() if not name.startswith("budget_")}
    if budget := _budget(values):
        plain |= {"budget_amount": budget.amount, "budget_currency": budget.currency}
    return await commands.update_campaign(session, id, expected_version=None, changes=plain)


async def _restore(session: AsyncSession, campaign: Campaign, values: Values) -> None:
    await commands.update_campaign(session, campaign.id, expected_version=None, changes=values)


IMPORTABLE_CAMPAIGNS = Importable(
    noun="campaign",
    name="Campaign",
    plural="campaigns",
    model=Campaign,
    fields=(
        Field("name", ("活动名称", "名称", "campaign"), required=True, rules=("spaces",), longest=200),
        Field("source_code", ("来源代码", "活动编号", "code"), required=True, rules=("width",), longest=50),
        Field("channel", ("渠道", "活动类型", "type"), kind="choice", choices=CHANNELS, required=True),
        Field("starts_on", ("开始日期", "start date", "begins"), kind="date", required=True),
        Field("ends_on", ("结束日期", "end date", "ends"), kind="date"),
        Field("budget_amount", ("预算", "budget"), kind="decimal"),
        Field("budget_currency", ("币种", "currency"), rules=("width", "upper"), longest=3),
    ),
    key=first_of("source_code"),
    known=known_by(source_code=Campaign.source_code),
    create=each(_create),
    update=changing(_update),
    remove=commands.remove_campaign,
    restore=_restore,
)

CAMPAIGN_IMPORTS = imports("marketing", IMPORTABLE_CAMPAIGNS)
