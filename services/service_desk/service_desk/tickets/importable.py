"""Tickets in files: each row opens one."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, never_changed, none_known
from service_desk.tickets import commands
from service_desk.tickets.models import Ticket, TicketChannel, TicketPriority

CHANNELS = {channel.value: channel for channel in TicketChannel} | {
    "电话": TicketChannel.PHONE,
    "邮件": TicketChannel.EMAIL,
    "在线客服": TicketChannel.WEB_CHAT,
    "社交媒体": TicketChannel.SOCIAL,
    "门户": TicketChannel.PORTAL,
}
PRIORITIES = {priority.value: priority for priority in TicketPriority} | {
    "低": TicketPriority.LOW,
    "普通": TicketPriority.NORMAL,
    "中": TicketPriority.NORMAL,
    "高": TicketPriority.HIGH,
    "紧急": TicketPriority.URGENT,
}


async def _create(session: AsyncSession, row: Values) -> Ticket:
    given: Any = {"channel": TicketChannel.EMAIL, **row}
    return await commands.open_ticket(session, **given)


IMPORTABLE_TICKETS = Importable(
    noun="ticket",
    name="Ticket",
    plural="tickets",
    model=Ticket,
    fields=(
        Field("subject", ("主题", "标题", "title"), required=True, rules=("spaces",), longest=200),
        Field("customer_id", ("客户编号", "customer"), kind="id", required=True),
        Field("description", ("描述", "内容", "问题描述", "text"), longest=20_000),
        Field("channel", ("渠道", "来源", "source"), kind="choice", choices=CHANNELS),
        Field("priority", ("优先级", "紧急程度", "urgency"), kind="choice", choices=PRIORITIES),
        Field("contact_id", ("联系人编号", "contact"), kind="id"),
        Field("queue", ("队列", "分组", "group"), rules=("spaces",), longest=100),
        Field("at", ("创建时间", "日期", "opened", "created"), kind="datetime"),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.remove_ticket,
)

TICKET_IMPORTS = imports("service_desk", IMPORTABLE_TICKETS)
