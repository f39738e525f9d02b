"""Two customers of every department become one 360, and two again."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from chassis.testing import eventually
from tests.e2e.caller import Caller

WHOLE = """query($id: ID!) { customer(id: $id) { id name
  opportunities { nodes { name } } contracts { nodes { title } } projects { nodes { name } }
  tickets { nodes { subject } } receivables { nodes { name } } timeline(first: 100) { nodes { title } } } }"""
PARTS = {
    "opportunities": "name",
    "contracts": "title",
    "projects": "name",
    "tickets": "subject",
    "receivables": "name",
}


async def customer(administrator: Caller, name: str) -> str:
    """Enter a company with a deal, a signed contract and what follows from it, and a ticket."""
    made = await administrator.do("registerCustomer", "{ customer { id } }", name=name)
    id: str = made["customer"]["id"]
    deal = {"customerId": id, "name": f"Deal of {name}", "amount": {"amount": "1000", "currency": "CNY"}}
    opened = await administrator.do("openOpportunity", "{ opportunity { id } }", **deal)

    async def drafted() -> Any:
        answer = await administrator.ask(
            "mutation($input: DraftContractInput!) { draftContract(input: $input) { contract { id } } }",
            {
                "input": {
                    "customerId": id,
                    "opportunityId": opened["opportunity"]["id"],
                    "title": f"Contract of {name}",
                    "lines": [{"description": "ERP", "amount": {"amount": "1000", "currency": "CNY"}}],
                    "instalments": [
                        {"name": f"Due of {name}", "percent": "100", "dueOn": "2026-04-01"},
                    ],
                    "idempotencyKey": f"draft-{id}",
                }
            },
        )
        assert not answer.errors or answer.codes == ["UNAVAILABLE"], answer.errors
        return answer.data and answer.data["draftContract"]

    contract = await eventually(drafted)  # sales learns of customers by their events
    signed = {"id": contract["contract"]["id"], "signedOn": date(2026, 3, 2).isoformat()}
    await administrator.do("signContract", "{ contract { status } }", **signed)
    ticket = {"customerId": id, "subject": f"Ticket of {name}", "channel": "PHONE"}
    await administrator.do("openTicket", "{ ticket { id } }", **ticket)
    return id


async def whole(administrator: Caller, id: str) -> dict[str, Any]:
    shown = (await administrator.get(WHOLE, {"id": id}))["customer"]
    parts = {part: {node[field] for node in shown[part]["nodes"]} for part, field in PARTS.items()}
    return {"id": shown["id"], **parts}


def everything(id: str, *names: str) -> dict[str, Any]:
    said = {
        "opportunities": "Deal of {}",
        "contracts": "Contract of {}",
        "projects": "Contract of {}",
        "tickets": "Ticket of {}",
        "receivables": "Due of {}",
    }
    return {"id": id, **{part: {text.format(name) for name in names} for part, text in said.items()}}


@pytest.mark.feature("F20")
async def test_two_customers_are_seen_as_one_and_as_two_again(administrator: Caller) -> None:
    one, other = "Merging One", "Merging Other"
    winner, loser = [await customer(administrator, name) for name in (one, other)]

    async def shows(id: str, *expected: Any) -> bool:
        return await whole(administrator, id) == everything(*expected)

    await eventually(lambda: shows(winner, winner, one), timeout=20)
    await eventually(lambda: shows(loser, loser, other), timeout=20)
    merged = await administrator.do("mergeCustomers", "{ merge { id } }", winnerId=winner, loserId=loser)
    for id in (winner, loser):
        await eventually(partial(shows, id, winner, one, other), timeout=20)
    late = {"customerId": loser, "subject": f"Ticket of {other}", "channel": "EMAIL"}
    await administrator.do("openTicket", "{ ticket { id } }", **late)  # from a page that was open

    await administrator.do("unmergeCustomers", "{ loser { id } }", id=merged["merge"]["id"])

    await eventually(lambda: shows(winner, winner, one), timeout=20)
    await eventually(lambda: shows(loser, loser, other), timeout=20)
    titles = (await administrator.get(WHOLE, {"id": winner}))["customer"]["timeline"]["nodes"]
    assert {"title": f"{other} merged into this one"} in titles
