"""One customer's way through all departments, told as the people there would do it."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chassis.testing import eventually
from tests.e2e.caller import Caller

SIGNED = date(2026, 3, 2)
EVIDENCE = (
    [{"key": "need_analysis", "text": "report.pdf"}, {"key": "contact_approval", "flag": True}],
    [{"key": "demo_done", "flag": True}, {"key": "feedback_positive", "flag": True}],
)
FORM = [
    {"name": "company", "labelZh": "公司", "labelEn": "Company", "required": True},
    {"name": "contact_name", "labelZh": "姓名", "labelEn": "Name", "required": True},
    {"name": "email", "labelZh": "邮箱", "labelEn": "E-mail", "type": "EMAIL", "required": True},
    {"name": "region", "labelZh": "地区", "labelEn": "Region"},
]


@dataclass(frozen=True)
class House:
    """What a company has before its first customer: people, a product, a campaign with its form, a rule."""

    region: str
    owners: tuple[str, ...]
    product: str
    campaign: str
    form: str


async def furnish(administrator: Caller, name: str) -> House:
    """Set a company up; leads of the region `name` go to its two salespeople."""
    owners = [await _salesperson(administrator, name, number) for number in range(2)]
    product = await administrator.do(
        "createProduct",
        "{ product { id } }",
        sku=f"ERP-{name}",
        name="ERP 标准版",
        listPrice={"amount": "1000", "currency": "CNY"},
        validFrom="2025-01-01",
    )
    campaign = await administrator.do(
        "launchCampaign",
        "{ campaign { id } }",
        name=f"Expo {name}",
        channel="EXPO",
        sourceCode=f"expo-{name}",
        startsOn="2026-01-01",
    )
    form = await administrator.do(
        "createIntakeForm",
        "{ form { id } }",
        key=f"contact-{name}",
        title="联系我们 Contact us",
        source="website",
        campaignId=campaign["campaign"]["id"],
        fields=FORM,
    )
    await administrator.do("publishIntakeForm", "{ form { published } }", id=form["form"]["id"])
    house = House(
        region=name,
        owners=tuple(owners),
        product=product["product"]["id"],
        campaign=campaign["campaign"]["id"],
        form=f"contact-{name}",
    )
    await eventually(lambda: _rule(administrator, house))
    return house


async def _salesperson(administrator: Caller, name: str, number: int) -> str:
    registered = await administrator.do(
        "registerEmployee",
        "{ employee { id } }",
        email=f"{name}.{number}@example.org",
        name=f"Seller {number} {name}",
        roles=["salesperson"],
    )
    id: str = registered["employee"]["id"]
    return id


async def _rule(administrator: Caller, house: House) -> bool:
    condition = {"version": 1, "rules": [{"field": "region", "operator": "eq", "value": house.region}]}
    answer = await administrator.ask(
        "mutation($input: DefineAssignmentRuleInput!) { defineAssignmentRule(input: $input) "
        "{ assignmentRule { id } } }",
        {
            "input": {
                "name": house.region,
                "position": 1,
                "condition": condition,
                "ownerIds": list(house.owners),
                "idempotencyKey": f"rule-{house.region}",
            }
        },
    )
    return not answer.errors  # sales learns of employees by their events


@dataclass
class Journey:
    """What one customer left behind in each department."""

    company: str
    lead: str = ""
    owner: str = ""
    customer: str = ""
    opportunity: str = ""
    quote: str = ""
    contract: str = ""
    total: Decimal = Decimal(0)


async def submit_form(anybody: Caller, house: House, journey: Journey) -> None:
    """Somebody on the web site asks to be called."""
    answers = {
        "company": journey.company,
        "contact_name": "王小明",
        "email": _email(journey),
        "region": house.region,
    }
    await anybody.do(
        "submitIntakeForm",
        "{ receipt }",
        formKey=house.form,
        answers=[{"name": name, "value": value} for name, value in answers.items()],
        idempotencyKey=f"form-{journey.company}",
    )


async def find_lead(seller: Caller, journey: Journey) -> None:
    """Sales finds the lead that the form became, with its owner."""

    async def found() -> Any:
        data = await seller.get(
            "query($email: String!) { leads(filter: {email: {eq: $email}}) { nodes { id owner { id } } } }",
            {"email": _email(journey)},
        )
        return data["leads"]["nodes"]

    [lead] = await eventually(found, timeout=60, pause=0.25)
    journey.lead = lead["id"]
    journey.owner = lead["owner"]["id"] if lead["owner"] else ""


async def convert(seller: Caller, journey: Journey) -> None:
    """The lead has budget, authority, need and time: it becomes an opportunity."""
    bant = {
        "budget": {"amount": "5000", "currency": "CNY"},
        "authority": "CEO",
        "need": "ERP",
        "timeline": "Q2",
    }
    converted = await seller.do(
        "convertLead",
        "{ opportunity { id customer { id } } }",
        id=journey.lead,
        bant=bant,
        idempotencyKey=f"convert-{journey.company}",
    )
    journey.opportunity = converted["opportunity"]["id"]
    journey.customer = converted["opportunity"]["customer"]["id"]


async def negotiate(seller: Caller, house: House, journey: Journey) -> None:
    """Discovery, solution, negotiation: each stage left with its evidence, and a quote accepted."""
    advance = {"id": journey.opportunity}
    await seller.do(
        "advanceOpportunity", "{ opportunity { stage } }", **advance, idempotencyKey=f"1-{journey.company}"
    )
    for number, evidence in enumerate(EVIDENCE, start=2):
        await seller.do(
            "recordEvidence",
            "{ opportunity { stage } }",
            **advance,
            evidence=evidence,
            idempotencyKey=f"evidence-{number}-{journey.company}",
        )
        await seller.do(
            "advanceOpportunity",
            "{ opportunity { stage } }",
            **advance,
            idempotencyKey=f"{number}-{journey.company}",
        )
    made = await seller.do(
        "createQuote",
        "{ quote { id total { amount } } }",
        opportunityId=journey.opportunity,
        lines=[{"productId": house.product, "quantity": "3", "discountPercent": "5"}],
        idempotencyKey=f"quote-{journey.company}",
    )
    journey.quote, journey.total = made["quote"]["id"], Decimal(made["quote"]["total"]["amount"])
    for verb in ("submitQuote", "acceptQuote"):
        await seller.do(
            verb, "{ quote { status } }", id=journey.quote, idempotencyKey=f"{verb}-{journey.company}"
        )


async def sign(seller: Caller, journey: Journey) -> None:
    """Contract from the quote, in two instalments, signed."""
    drafted = await seller.do(
        "draftContract",
        "{ contract { id total { amount } } }",
        quoteId=journey.quote,
        title="ERP",
        instalments=[
            {"name": "首付款", "percent": "30", "dueOn": SIGNED.isoformat()},
            {"name": "尾款", "percent": "70", "dueOn": (SIGNED + timedelta(days=90)).isoformat()},
        ],
        idempotencyKey=f"draft-{journey.company}",
    )
    journey.contract = drafted["contract"]["id"]
    await seller.do(
        "signContract",
        "{ contract { status } }",
        id=journey.contract,
        signedOn=SIGNED.isoformat(),
        idempotencyKey=f"sign-{journey.company}",
    )


DELIVERY = """query($id: ID!) { customer(id: $id) {
  contracts(first: 5) { nodes { id status total { amount } } }
  projects(first: 5) { nodes { id contract { id } milestones { name } } }
  receivables(first: 10) { nodes { id amount { amount } outstanding { amount } status } } } }"""


async def delivery(caller: Caller, journey: Journey) -> Any:
    """Return contract, project and receivables as the 360 shows them, once all are there."""

    async def visible() -> Any:
        customer = (await caller.get(DELIVERY, {"id": journey.customer}))["customer"]
        if not customer["projects"]["nodes"] or not customer["receivables"]["nodes"]:
            return None
        return customer if customer["contracts"]["nodes"][0]["status"] == "ACTIVE" else None

    return await eventually(visible, timeout=60, pause=0.25)


async def pay_first(accountant: Caller, journey: Journey, receivables: list[dict[str, Any]]) -> None:
    """The customer pays the smallest instalment."""
    first = min(receivables, key=lambda row: Decimal(row["amount"]["amount"]))
    await accountant.do(
        "recordReceipt",
        "{ receipt { unmatched { amount } } }",
        customerId=journey.customer,
        contractId=journey.contract,
        amount={"amount": first["amount"]["amount"], "currency": "CNY"},
        idempotencyKey=f"receipt-{journey.company}",
    )


async def ask_for_help(agent: Caller, journey: Journey) -> None:
    """The customer calls, and is helped."""
    opened = await agent.do(
        "openTicket",
        "{ ticket { id } }",
        customerId=journey.customer,
        subject="打印失败",
        channel="PHONE",
        idempotencyKey=f"ticket-{journey.company}",
    )
    await agent.do(
        "resolveTicket",
        "{ ticket { status } }",
        id=opened["ticket"]["id"],
        resolution="Driver replaced",
        idempotencyKey=f"resolve-{journey.company}",
    )


async def travel(administrator: Caller, anybody: Caller, house: House, journey: Journey) -> None:
    """All of it, and something in every department's part of the customer's page."""
    do = administrator.do
    await submit_form(anybody, house, journey)
    await find_lead(administrator, journey)
    await convert(administrator, journey)
    await negotiate(administrator, house, journey)
    await sign(administrator, journey)
    seen = await delivery(administrator, journey)
    await pay_first(administrator, journey, seen["receivables"]["nodes"])
    await do("applyForInvoice", "{ invoice { id } }", contractId=journey.contract)
    await ask_for_help(administrator, journey)
    await do(
        "assignProjectManager",
        "{ __typename }",
        id=seen["projects"]["nodes"][0]["id"],
        managerId=house.owners[0],
    )
    of = {"customerId": journey.customer}
    chief = await do("addContact", "{ contact { id } }", **of, name="Chief", decisionRole="DECISION_MAKER")
    await do("addContact", "{ __typename }", **of, name="Clerk", reportsToId=chief["contact"]["id"])
    await do("logInteraction", "{ __typename }", **of, kind="CALL", subject="Hello")
    await do("openOpportunity", "{ __typename }", **of, name="More", productId=house.product)


def _email(journey: Journey) -> str:
    return f"{journey.company.replace(' ', '.').lower()}@example.org"


async def gather_limited(jobs: list[Any], at_once: int) -> list[Any]:
    """Await all, so many at a time."""
    room = asyncio.Semaphore(at_once)

    async def one(job: Any) -> Any:
        async with room:
            return await job

    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(one(job)) for job in jobs]
    return [task.result() for task in started]
