"""Applications for invoices in files: each row is one."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, never_changed, none_known
from chassis.money import Money
from finance.invoices import commands
from finance.invoices.models import Invoice
from finance.receivables.queries import contracts_of

CURRENCY = "CNY"  # of amounts that name none


async def _create(session: AsyncSession, row: Values) -> Invoice:
    given: Any = {name: value for name, value in row.items() if name not in ("amount", "currency")}
    amount = Money(row["amount"], row.get("currency", CURRENCY)) if "amount" in row else None
    return await commands.apply_for_invoice(session, **given, amount=amount)


IMPORTABLE_INVOICES = Importable(
    noun="invoice",
    name="Invoice",
    plural="invoices",
    model=Invoice,
    fields=(
        Field(
            "contract_id",
            ("合同", "合同编号", "contract", "contract number"),
            kind="id",
            required=True,
            rules=("width",),
            lookup=contracts_of,
        ),
        Field("receivable_id", ("应收款", "receivable"), kind="id"),
        Field("amount", ("金额", "开票金额", "sum"), kind="decimal"),
        Field("currency", ("币种",), rules=("width", "upper"), longest=3),
        Field("applied_on", ("申请日期", "date"), kind="date"),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.withdraw_invoice,
)

INVOICE_IMPORTS = imports("finance", IMPORTABLE_INVOICES)
