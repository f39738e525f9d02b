"""What signed contracts set off: projects, invoices, receipts."""

from typing import Any

from demo.steps.selling import contracts
from demo.steps.setting_up import cny
from demo.world import World

_STEPS = 3  # milestones of a project


async def await_delivery(world: World) -> None:
    """Signatures have opened a project and receivables for every contract; a manager takes charge."""
    keys = {world.ids[f"contract/{deal.key}"]: deal.key for _, deal, _ in contracts(world)}
    selection = "id contract { id } milestones { id position } tasks(first: 1) { nodes { id } }"
    for project in await world.arrived(
        "Projects", "projects", "ProjectFilter.contractId", list(keys), selection
    ):
        key = keys[project["contract"]["id"]]
        world.ids[f"project/{key}"] = project["id"]
        world.ids[f"task/{key}"] = project["tasks"]["nodes"][0]["id"]
        for milestone in project["milestones"]:
            world.ids[f"milestone/{key}/{milestone['position']}"] = milestone["id"]
    for receivable in await world.arrived(
        "Receivables",
        "receivables",
        "ReceivableFilter.contractId",
        list(keys),
        "id position contract { id }",
        each=_STEPS,
    ):
        key = keys[receivable["contract"]["id"]]
        world.ids[f"receivable/{key}/{receivable['position']}"] = receivable["id"]
    manager = world.ids["employee/sun.hao"]
    inputs = {key: {"id": world.ids[f"project/{key}"], "managerId": manager} for key in keys.values()}
    await world.change("Project managers", "assignProjectManager", inputs, "project { id }")


async def invoice(world: World) -> None:
    """Invoices for the instalments that came near, and the money that came in for them."""
    applications, issues, receipts = {}, {}, {}
    for one, deal, contract in contracts(world):
        for position, instalment in enumerate(contract.instalments, 1):
            key = f"{deal.key}/{position}"
            if instalment.invoiced_on:
                applications[key] = {
                    "contractId": world.ids[f"contract/{deal.key}"],
                    "receivableId": world.ids[f"receivable/{key}"],
                    "appliedOn": instalment.invoiced_on.isoformat(),
                }
                issues[key] = instalment.invoiced_on.isoformat()
            if instalment.paid_on:
                receipts[key] = {
                    "customerId": world.ids[f"customer/{one.key}"],
                    "receivableId": world.ids[f"receivable/{key}"],
                    "amount": cny(instalment.amount),
                    "receivedOn": instalment.paid_on.isoformat(),
                    "reference": f"{deal.name} {instalment.name}",
                }
    await world.create("Invoices", "applyForInvoice", applications, "invoice")
    issued = {key: {"id": world.ids[f"invoice/{key}"], "issuedOn": day} for key, day in issues.items()}
    await world.change("Invoices issued", "issueInvoice", issued, "invoice { id }")
    await world.change("Receipts", "recordReceipt", receipts, "receipt { id }")


async def accept_deliveries(world: World) -> None:
    """Customers accept what was delivered, step by step and then as a whole."""
    started: dict[str, dict[str, Any]] = {}
    accepted: dict[str, dict[str, Any]] = {}
    steps: list[dict[str, dict[str, Any]]] = [{} for _ in range(_STEPS)]
    for _, deal, contract in contracts(world):
        for position, day in enumerate(contract.milestones_accepted_on, 1):
            key = f"{deal.key}/{position}"
            steps[position - 1][key] = {"id": world.ids[f"milestone/{key}"], "acceptedOn": day.isoformat()}
            started[deal.key] = {"id": world.ids[f"task/{deal.key}"]}
        if contract.accepted_on:
            project = world.ids[f"project/{deal.key}"]
            accepted[deal.key] = {"id": project, "acceptedOn": contract.accepted_on.isoformat()}
    await world.change("Project tasks", "completeTask", started, "task { id }")
    for inputs in steps:
        await world.change("Milestones", "acceptMilestone", inputs, "milestone { id }")
    await world.change("Projects accepted", "acceptProject", accepted, "project { id }")
