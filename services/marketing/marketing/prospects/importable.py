"""Prospects in files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now
from chassis.errors import Invalid
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, first_of, known_by, looked_up_by
from marketing.campaigns.models import Campaign
from marketing.prospects import commands
from marketing.prospects.models import Prospect

SOURCE = "import"  # of whom the file names none


_ASIDE = ("source", "campaign_id", "captured_at", "custom")


async def _create(session: AsyncSession, row: Values) -> Prospect:
    if "email" not in row and "phone" not in row:
        raise Invalid("A prospect needs an e-mail address or a phone number", path=("email",))
    details = {name: value for name, value in row.items() if name not in _ASIDE}
    return await commands.capture_prospect(
        session,
        details=details,
        source=row.get("source", SOURCE),
        campaign_id=row.get("campaign_id"),
        at=row.get("captured_at") or now(),
        custom=row.get("custom"),
    )


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Prospect:
    return await _create(session, row[1])


IMPORTABLE_PROSPECTS = Importable(
    noun="prospect",
    name="Prospect",
    plural="prospects",
    model=Prospect,
    fields=(
        Field("company", ("公司名称", "公司", "account"), rules=("width", "spaces"), longest=200),
        Field("contact_name", ("姓名", "联系人", "name", "contact"), rules=("spaces",), longest=200),
        Field("email", ("邮箱", "电子邮箱", "mail", "e-mail"), rules=("email",), longest=320),
        Field("phone", ("电话", "手机", "手机号", "mobile", "telephone"), rules=("phone",), longest=20),
        Field("region", ("地区", "区域"), rules=("spaces",), longest=100),
        Field("industry", ("行业", "sector"), rules=("width", "spaces"), longest=200),
        Field("product_interest", ("意向产品", "产品", "product"), rules=("spaces",), longest=200),
        Field("message", ("留言", "备注", "note", "comment")),
        Field("source", ("来源", "渠道", "channel"), rules=("spaces",), longest=100),
        Field("campaign_id", ("活动", "市场活动", "campaign"), kind="id", lookup=looked_up_by(Campaign.name)),
        Field("captured_at", ("获取时间", "日期", "captured"), kind="datetime"),
    ),
    key=first_of("email", "phone"),
    known=known_by(email=Prospect.email, phone=Prospect.phone),
    create=each(_create),
    update=changing(_update),
    remove=commands.remove_prospect,
    restore=commands.restore_prospect,
)

PROSPECT_IMPORTS = imports("marketing", IMPORTABLE_PROSPECTS)
