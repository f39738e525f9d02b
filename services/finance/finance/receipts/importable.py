"""Receipts in files: what a bank tells came in, each of its entries once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, looked_up_by, never_changed
from chassis.money import Money
from finance.customers.models import KnownCustomer
from finance.receipts import commands
from finance.receipts.models import Receipt
from finance.receipts.queries import receipts_told
from finance.receivables.queries import contracts_of

CURRENCY = "CNY"  # of amounts that name none


def _told(row: Values) -> Any:
    return row["bank_reference"], row["received_on"]


async def _known(session: AsyncSession, rows: Sequence[Values]) -> list[UUID | None]:
    ids = await receipts_told(session, [_told(row) for row in rows])
    return [ids.get(_told(row)) for row in rows]


async def _create(session: AsyncSession, row: Values) -> Receipt:
    given: Any = {name: value for name, value in row.items() if name not in ("amount", "currency")}
    return await commands.record_receipt(
        session, **given, amount=Money(row["amount"], row.get("currency", CURRENCY))
    )


IMPORTABLE_RECEIPTS = Importable(
    noun="receipt",
    name="Receipt",
    plural="receipts",
    model=Receipt,
    fields=(
        Field(
            "bank_reference",
            (
                "银行流水号",
                "流水号",
                "交易流水号",
                "收款单号",
                "bank reference",
                "transaction id",
                "receipt number",
            ),
            required=True,
            rules=("width",),
            longest=100,
        ),
        Field(
            "received_on",
            (
                "收款日期",
                "交易日期",
                "记账日期",
                "到账日期",
                "received on",
                "booking date",
                "value date",
                "date",
            ),
            kind="date",
            required=True,
        ),
        Field(
            "customer_id",
            ("付款方", "对方户名", "付款人", "客户", "客户名称", "公司名称", "payer", "customer", "company"),
            kind="id",
            required=True,
            rules=("width", "spaces"),
            lookup=looked_up_by(KnownCustomer.name),
        ),
        Field(
            "amount",
            ("收款金额", "金额", "收入金额", "贷方金额", "amount received", "credit", "sum"),
            kind="decimal",
            required=True,
        ),
        Field("currency", ("币种", "currency code"), rules=("width", "upper"), longest=3),
        Field(
            "reference",
            ("摘要", "附言", "用途", "payment reference", "remittance information", "purpose"),
            rules=("spaces",),
            longest=200,
        ),
        Field(
            "contract_id",
            ("合同", "合同编号", "contract", "contract number"),
            kind="id",
            rules=("width",),
            lookup=contracts_of,
        ),
    ),
    key=_told,
    known=_known,
    create=each(_create),
    update=never_changed,
    remove=commands.withdraw_receipt,
)

RECEIPT_IMPORTS = imports("finance", IMPORTABLE_RECEIPTS)
