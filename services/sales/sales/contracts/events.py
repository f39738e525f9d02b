"""What is told of contracts."""

from collections.abc import Sequence
from datetime import datetime

from roundel.sales.v1 import sales_events_pb2 as events
from sales import wire
from sales.contracts.models import Contract, ContractActivation, ContractLine, Instalment


def signed(
    row: Contract, lines: Sequence[ContractLine], instalments: Sequence[Instalment], *, at: datetime
) -> events.ContractSigned:
    """Say all that project and finance need to do their parts."""
    event = events.ContractSigned(
        contract_id=str(row.id),
        version=row.version,
        number=row.number,
        title=row.title,
        customer_id=str(row.customer_id),
        customer_name=wire.text(row.customer_name),
        opportunity_id=wire.text(row.opportunity_id),
        owner_id=wire.text(row.owner_id),
        total=wire.money(row.total, row.currency),
        signed_on=wire.text(row.signed_on),
        starts_on=wire.text(row.starts_on),
        ends_on=wire.text(row.ends_on),
        lines=[
            events.ContractLine(
                product_id=wire.text(line.product_id),
                description=line.description,
                quantity=f"{line.quantity:f}",
                amount=wire.money(line.amount, row.currency),
            )
            for line in lines
        ],
        instalments=[
            events.Instalment(
                name=part.name,
                amount=wire.money(part.amount, row.currency),
                due_on=wire.text(part.due_on),
            )
            for part in instalments
        ],
    )
    event.occurred_at.FromDatetime(at)
    return event


def activated(row: Contract, answers: ContractActivation, *, at: datetime) -> events.ContractActivated:
    """Say that project and receivables exist."""
    event = events.ContractActivated(
        contract_id=str(row.id),
        version=row.version,
        customer_id=str(row.customer_id),
        number=row.number,
        project_id=wire.text(answers.project_id),
        receivable_ids=[str(id) for id in answers.receivable_ids or ()],
    )
    event.occurred_at.FromDatetime(at)
    return event


def overdue(row: Contract, missing: Sequence[str], *, at: datetime) -> events.ContractActivationOverdue:
    """Say that somebody must look why project or finance did not do their part."""
    event = events.ContractActivationOverdue(
        contract_id=str(row.id),
        version=row.version,
        customer_id=str(row.customer_id),
        number=row.number,
        missing=missing,
    )
    event.occurred_at.FromDatetime(at)
    return event
