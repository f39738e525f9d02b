"""What nobody should send: each is refused with a typed error that names it, and leaves nothing behind."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query

from chassis.testing import eventually
from deploy.local.suite import Suite
from tests.e2e.caller import Answer, Caller
from tests.e2e.hostile import hostile_inputs
from tests.e2e.journeys import House, furnish, gather_limited
from tests.e2e.refusals import Books, refused

UNKNOWN = "0199a1b2-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
async def house(administrator: Caller) -> House:
    return await furnish(administrator, "bad")


@pytest.fixture(scope="module")
async def known(administrator: Caller, house: House) -> dict[str, str]:
    """Ids of things that are there, by their types; finance and sales have heard of the customer."""
    do = administrator.do
    customer = (await do("registerCustomer", "{ customer { id } }", name="Careful"))["customer"]["id"]
    ids = {"Customer": customer, "Campaign": house.campaign, "Employee": house.owners[0]}
    ids["Product"] = house.product
    for mutation, kind, given in (
        ("openTicket", "Ticket", {"subject": "Help", "channel": "PHONE"}),
        ("createTodo", "Todo", {"title": "Call", "role": "salesperson"}),
        ("openOpportunity", "Opportunity", {"name": "Deal"}),
        ("draftContract", "Contract", {"lines": [{"description": "Work", "amount": money("5")}]}),
    ):
        ids[kind] = await _made(administrator, mutation, kind, {**given, "customerId": customer})
    await _made(
        administrator, "setCreditLimit", "CreditLimit", {"customerId": customer, "limit": money("9000")}
    )
    return ids


async def _made(caller: Caller, mutation: str, kind: str, given: dict[str, Any]) -> str:
    field, key = kind[0].lower() + kind[1:], f"made-{mutation}"

    async def made() -> Any:  # the customer is known there by an event
        answer = await send(caller, mutation, {**given, "idempotencyKey": key}, f"{{ {field} {{ id }} }}")
        assert not answer.errors, answer.errors
        return answer.data[mutation][field]["id"]

    id: str = await eventually(made)
    return id


@pytest.fixture(scope="module")
async def books(suite: Suite, known: dict[str, str]) -> AsyncIterator[Books]:
    async with Books(suite) as books:
        yield books


@pytest.fixture
async def nothing_written(books: Books) -> AsyncIterator[None]:
    before = await books.rows()
    yield
    assert await books.rows() == before


def money(amount: Any, currency: Any = "CNY") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


async def send(caller: Caller, mutation: str, given: dict[str, Any], shape: str = "{ __typename }") -> Answer:
    name = f"{mutation[0].upper()}{mutation[1:]}Input"
    return await caller.ask(
        f"mutation($input: {name}!) {{ {mutation}(input: $input) {shape} }}", {"input": given}
    )


# One change for each service that has some: mutation, type of its id, and what else it needs.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "updateCustomer": ("Customer", {"name": "Other"}),
    "updateCampaign": ("Campaign", {"name": "Other"}),
    "loseOpportunity": ("Opportunity", {"reason": "Price"}),
    "signContract": ("Contract", {}),
    "resolveTicket": ("Ticket", {"resolution": "Done"}),
    "moveEmployee": ("Employee", {}),
    "completeTodo": ("Todo", {}),
    "acceptProject": ("Project", {}),
    "voidReceivable": ("Receivable", {"reason": "Error"}),
}
OF_KNOWN = [mutation for mutation, (kind, _) in CHANGES.items() if kind not in ("Project", "Receivable")]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("mutation", CHANGES)
async def test_an_id_that_nothing_has_is_not_found(administrator: Caller, mutation: str) -> None:
    kind, needed = CHANGES[mutation]
    refused(await send(administrator, mutation, {**needed, "id": UNKNOWN}), "NOT_FOUND", kind, UNKNOWN)


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("id", ["abc", "", "a\0b", "9" * 5000, 7])
@pytest.mark.parametrize("mutation", CHANGES)
async def test_a_malformed_id_is_invalid(administrator: Caller, mutation: str, id: Any) -> None:
    answer = await send(administrator, mutation, {**CHANGES[mutation][1], "id": id})
    error = refused(answer, "INVALID", "is no id" if len(str(id)) < 100 else "999")
    assert len(error["message"]) < 600


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("mutation", OF_KNOWN)
async def test_a_stale_version_is_a_conflict_that_tells_the_present_one(
    administrator: Caller, known: dict[str, str], mutation: str
) -> None:
    kind, needed = CHANGES[mutation]
    given = {**needed, "id": known[kind], "expectedVersion": 4711}
    error = refused(await send(administrator, mutation, given), "CONFLICT", kind, "4711")
    assert error["extensions"]["inputPath"] == ["input", "expectedVersion"]
    assert error["extensions"]["facts"]["currentVersion"] >= 1


def _priced(known: dict[str, str], mutation: str, price: Any) -> dict[str, Any]:
    customer = {"customerId": known["Customer"]}
    return {
        "registerCustomer": {"name": "Rich", "profile": {"revenue": price}},
        "launchCampaign": {
            "name": "Expo",
            "channel": "EXPO",
            "sourceCode": "expo",
            "startsOn": "2026-01-01",
            "budget": price,
        },
        "recordCampaignCost": {"campaignId": known["Campaign"], "amount": price, "purpose": "Stand"},
        "createProduct": {"sku": "S", "name": "S", "listPrice": price, "validFrom": "2026-01-01"},
        "openOpportunity": {**customer, "name": "Deal", "amount": price},
        "draftContract": {**customer, "lines": [{"description": "Work", "amount": price}]},
        "recordReceipt": {**customer, "amount": price},
        "setCreditLimit": {**customer, "limit": price},
    }[mutation]


PRICED = [
    *("registerCustomer", "launchCampaign", "recordCampaignCost", "createProduct"),
    *("openOpportunity", "draftContract", "recordReceipt", "setCreditLimit"),
]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(
    ("price", "names"),
    [
        (money("-1"), "-1"),
        (money("-0.0001"), "-0.0001"),
        ({"amount": "1"}, "currency"),
        (money("1", None), "currency"),
        (money("1", "yuan"), "'yuan' is no currency"),
        ({"currency": "CNY"}, "amount"),
        (money("NaN"), "'NaN' is no decimal number"),
        (money("1e999999999999"), "out of range"),
        (money("1000000000000000"), "is no amount of money"),
        (money("0.00001"), "four decimal places"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("mutation", PRICED)
async def test_money_that_is_none_is_invalid(
    administrator: Caller, known: dict[str, str], mutation: str, price: dict[str, Any], names: str
) -> None:
    refused(await send(administrator, mutation, _priced(known, mutation, price)), "INVALID", names)


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(
    ("mutation", "field", "needed"),
    [
        ("registerCustomer", "name", {}),
        ("launchCampaign", "name", {"channel": "EXPO", "sourceCode": "long", "startsOn": "2026-01-01"}),
        ("createLead", "company", {}),
        ("createTodo", "title", {"role": "salesperson"}),
        ("createTeam", "name", {}),
        ("openTicket", "subject", {"channel": "PHONE"}),
    ],
)
async def test_a_text_that_cannot_be_kept_is_invalid(
    administrator: Caller, known: dict[str, str], mutation: str, field: str, needed: dict[str, Any]
) -> None:
    if mutation == "openTicket":
        needed = {**needed, "customerId": known["Customer"]}
    for unfit, names in (("x" * 20_000, "characters"), ("a\0b", "NUL")):
        refused(await send(administrator, mutation, {**needed, field: unfit}), "INVALID", names)


@pytest.mark.parametrize(
    ("mutation", "first", "second"),
    [
        ("registerCustomer", {"name": "Once"}, {"name": "Twice"}),
        ("launchCampaign", {"name": "Once"}, {"name": "Twice"}),
        ("createLead", {"company": "Once"}, {"company": "Twice"}),
        ("openTicket", {"subject": "Once"}, {"subject": "Twice"}),
        ("createTodo", {"title": "Once", "role": "salesperson"}, {"title": "Twice", "role": "salesperson"}),
        ("createTeam", {"name": "Once"}, {"name": "Twice"}),
        ("setCreditLimit", {"limit": money("9000")}, {"limit": money("9000.01")}),
    ],
)
async def test_an_idempotency_key_used_for_something_else_is_a_conflict(
    administrator: Caller,
    known: dict[str, str],
    books: Books,
    mutation: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> None:
    common: dict[str, Any] = {"idempotencyKey": f"same-{mutation}"}
    if mutation in ("openTicket", "setCreditLimit"):
        common["customerId"] = known["Customer"]
    if mutation == "openTicket":
        common["channel"] = "PHONE"
    if mutation == "launchCampaign":
        common |= {"channel": "EXPO", "sourceCode": "once", "startsOn": "2026-01-01"}
    assert not (await send(administrator, mutation, common | first)).errors
    before = await books.settled()

    error = refused(await send(administrator, mutation, common | second), "CONFLICT", f"same-{mutation}")

    assert error["extensions"]["inputPath"] == ["input", "idempotencyKey"]
    assert await books.rows() == before


LISTS = [
    *("customers", "contacts", "interactions", "campaigns", "prospects", "touchpoints", "leads", "products"),
    *("opportunities", "quotes", "contracts", "projects", "tickets", "receivables", "invoices", "receipts"),
    *("todos", "employees", "teams"),
]


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("name", LISTS)
async def test_a_page_that_cannot_be_is_refused(administrator: Caller, name: str) -> None:
    async def page(arguments: str) -> Answer:
        return await administrator.ask(f"{{ {name}({arguments}) {{ nodes {{ __typename }} }} }}")

    for cursor in ("no cursor", "", "bm90IG91cnM", "WyJ4OmFzYyIsMV0", "\\u0000"):
        error = refused(await page(f'after: "{cursor}"'), "INVALID", "cursor")
        assert error["path"] == [name]
    refused(await page("first: -1"), "INVALID", "first must not be negative")
    refused(await page("first: 101"), "LIMIT", "at most 100")
    refused(await page("first: 9999999999"), "INVALID", "9999999999")


@pytest.mark.usefixtures("nothing_written")
async def test_a_literal_is_refused_by_its_own_name(administrator: Caller) -> None:
    error = refused(await administrator.ask('{ customer(id: "abc") { id } }'), "INVALID", "'abc' is no id")
    assert "$" not in error["message"]


async def test_what_only_one_may_have_is_refused_to_the_second(
    administrator: Caller, known: dict[str, str], books: Books
) -> None:
    await administrator.do(
        "registerCustomer", "{ __typename }", name="Numbered", profile={"externalId": "A-1"}
    )
    before = await books.settled()
    given = {"id": known["Customer"], "profile": {"externalId": "A-1"}}
    refused(await send(administrator, "updateCustomer", given), "CONFLICT", "customer", "external_id")
    assert await books.rows() == before


@pytest.mark.usefixtures("nothing_written")
async def test_every_field_of_every_mutation_refuses_what_cannot_be(
    administrator: Caller, known: dict[str, str]
) -> None:
    introspected = await administrator.get(get_introspection_query(descriptions=False))
    ids = {f"{kind[0].lower()}{kind[1:]}Id": id for kind, id in known.items()} | {"id": UNKNOWN}
    tried = list(hostile_inputs(build_client_schema(introspected), ids))

    async def ask(document: str, given: Any) -> Answer:
        return await administrator.ask(document, {"input": given})

    answers = await gather_limited([ask(document, given) for _, document, given in tried], 8)

    for (mutation, _, given), answer in zip(tried, answers, strict=True):
        if answer.errors or not mutation.startswith("import"):  # an import refuses row by row
            assert answer.errors, f"{mutation} takes {str(given)[:200]}"
            refused(answer, answer.codes[0])
