"""What the tests of this service do again and again, through the graph."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from chassis.access import Principal
from chassis.database import Database
from chassis.testing import Graph, deliver, employee, outbox
from roundel.identity.v1 import identity_events_pb2 as identity
from sales.consumers import HANDLERS

SHARED_INPUTS = {
    "defineLeadField": "DefineFieldInput",
    "changeLeadField": "ChangeFieldInput",
    "retireLeadField": "RetireFieldInput",
    "changeLeadForm": "ChangeFormInput",
    "applyLeadFieldTemplate": "ApplyFieldTemplateInput",
    "setLeadCustomFields": "SetCustomFieldsInput",
}  # what is alike for every object
STAGE_EVIDENCE: dict[str, list[dict[str, Any]]] = {
    "QUALIFICATION": [{"key": "bant_done", "flag": True}],
    "DISCOVERY": [{"key": "need_analysis", "text": "report.pdf"}, {"key": "contact_approval", "flag": True}],
    "SOLUTION": [{"key": "demo_done", "flag": True}, {"key": "feedback_positive", "flag": True}],
}


def caller(token: str) -> Principal:
    """Return an employee whom other services know too."""
    return replace(employee(), token=token)


async def do(
    graph: Graph, mutation: str, input: dict[str, Any], want: str, by: Principal | None = None
) -> Any:
    """Run a mutation and return its payload; fail on any refusal."""
    answer = await graph(_document(mutation, want), {"input": input}, by=by)
    assert not answer.errors, answer.errors
    return answer.data[mutation]


async def refused(graph: Graph, mutation: str, input: dict[str, Any], by: Principal | None = None) -> Any:
    """Run a mutation that must be refused and return the error's extensions."""
    answer = await graph(_document(mutation, "__typename"), {"input": input}, by=by)
    assert len(answer.errors) == 1, answer.data
    return answer.errors[0]["extensions"]


def _document(mutation: str, want: str) -> str:
    type = SHARED_INPUTS.get(mutation) or f"{mutation[0].upper()}{mutation[1:]}Input"
    return f"mutation($input: {type}!) {{ {mutation}(input: $input) {{ {want} }} }}"


async def make_team(database: Database) -> UUID:
    """Let identity tell of a new team."""
    id = uuid4()
    await deliver(
        database, "sales", HANDLERS, identity.TeamPlaced(team_id=str(id), version=1, path=[str(id)])
    )
    return id


async def hire(database: Database, *, team: UUID | None = None) -> UUID:
    """Let identity tell of a new employee."""
    id = uuid4()
    event = identity.EmployeeRegistered(
        employee_id=str(id), version=1, name="Bo", team_id=str(team or ""), roles=["sales"]
    )
    await deliver(database, "sales", HANDLERS, event)
    return id


async def told(database: Database) -> list[str]:
    """Return the short names of all events, oldest first."""
    return [event.type.rpartition(".")[2] for event in await outbox(database)]


def money(amount: str, currency: str = "CNY") -> dict[str, str]:
    """Return an amount as inputs write it."""
    return {"amount": amount, "currency": currency}


async def product(graph: Graph, sku: str = "P1", price: str = "100.00") -> str:
    """List a product and return its id."""
    input = {"sku": sku, "name": f"Product {sku}", "listPrice": money(price), "validFrom": "2020-01-01"}
    return str((await do(graph, "createProduct", input, "product { id }"))["product"]["id"])


async def opportunity(graph: Graph, **given: Any) -> str:
    """Begin a deal and return its id."""
    input = {"name": "Line 3", "customerId": str(uuid4()), "amount": money("1000"), **given}
    return str((await do(graph, "openOpportunity", input, "opportunity { id }"))["opportunity"]["id"])


async def accepted_quote(graph: Graph, opportunity_id: str, product_id: str) -> str:
    """Write, submit and accept a quote of 3 pieces with 10 percent off; return its id."""
    line = {"productId": product_id, "quantity": "3", "discountPercent": "10"}
    quote = await do(graph, "createQuote", {"opportunityId": opportunity_id, "lines": [line]}, "quote { id }")
    id = str(quote["quote"]["id"])
    await do(graph, "submitQuote", {"id": id}, "quote { id }")
    await do(graph, "acceptQuote", {"id": id}, "quote { id }")
    return id
