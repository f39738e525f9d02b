"""Receivables in files: each row brings one up to date that a contract's signature scheduled."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, never_made
from finance.receivables import commands
from finance.receivables.models import Receivable
from finance.receivables.queries import contracts_of, instalments_at


def _place(row: Values) -> Any:
    return row["contract_id"], row["position"]


async def _known(session: AsyncSession, rows: Sequence[Values]) -> list[UUID | None]:
    ids = await instalments_at(session, [_place(row) for row in rows])
    return [ids.get(_place(row)) for row in rows]


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Receivable:
    id, values = row
    if "due_on" in values:
        return await commands.reschedule_receivable(session, id, due_on=values["due_on"])
    return await fetch(session, Receivable, id)


async def _restore(session: AsyncSession, receivable: Receivable, values: Values) -> None:
    if values:
        await commands.reschedule_receivable(session, receivable.id, due_on=values["due_on"])


IMPORTABLE_RECEIVABLES = Importable(
    noun="receivable",
    name="Receivable",
    plural="receivables",
    model=Receivable,
    fields=(
        Field(
            "contract_id",
            ("合同编号", "合同", "contract number", "contract"),
            kind="id",
            required=True,
            rules=("width",),
            lookup=contracts_of,
            else_do="a contract's receivables are there when it is signed",
        ),
        Field(
            "position", ("期次", "期数", "第几期", "instalment", "installment"), kind="integer", required=True
        ),
        Field("due_on", ("到期日", "应收日期", "付款期限", "due date", "due", "deadline"), kind="date"),
    ),
    key=_place,
    known=_known,
    create=never_made(
        "The contract has no such instalment; its signature scheduled those there are. Mend the position"
    ),
    update=changing(_update),
    restore=_restore,
    only_changes=True,
)

RECEIVABLE_IMPORTS = imports("finance", IMPORTABLE_RECEIVABLES)
