"""Quotes: priced by the list of the day, exact to the cent, handed over and accepted."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from chassis.database import Database
from chassis.money import Money
from chassis.testing import Graph, outbox
from sales.contracts.instalments import Share, split
from sales.quotes.pricing import overall_discount, price_line
from services.sales.tests.steps import accepted_quote, do, money, opportunity, product, refused, told

SHOWN = """quote { number status discountPercent total { amount currency } listTotal { amount }
  opportunity { id } lines { description quantity total { amount } unitPrice { amount } product { sku } } }"""


def line(product_id: str, quantity: str = "1", **given: Any) -> dict[str, Any]:
    return {"productId": product_id, "quantity": quantity, **given}


async def test_a_quote_adds_up_from_list_prices_and_discounts(graph: Graph) -> None:
    a, b = await product(graph, "A", "99.99"), await product(graph, "B", "1000")
    lines = [line(a, "3", discountPercent="12.5"), line(b, unitPrice=money("950"))]

    quote = await do(graph, "createQuote", {"opportunityId": await opportunity(graph), "lines": lines}, SHOWN)

    shown = quote["quote"]
    assert shown["number"].startswith("Q-20")
    assert shown["listTotal"] == {"amount": "1299.97"}
    assert shown["total"] == {"amount": "1212.47", "currency": "CNY"}  # 262.47375 → 262.47, and 950
    assert shown["discountPercent"] == "6.73"
    assert [entry["total"]["amount"] for entry in shown["lines"]] == ["262.47", "950"]
    assert shown["lines"][0]["product"] == {"sku": "A"}


async def test_the_price_of_the_day_counts(graph: Graph) -> None:
    item = await product(graph, "A", "100")
    price = {"id": item, "listPrice": money("120"), "validFrom": "2025-01-01"}
    await do(graph, "setProductPrice", price, "product { version }")
    deal = await opportunity(graph)

    async def total(at: str) -> str:
        quote = await do(
            graph, "createQuote", {"opportunityId": deal, "lines": [line(item)], "at": at}, SHOWN
        )
        return str(quote["quote"]["total"]["amount"])

    assert await total("2024-12-31T12:00:00Z") == "100"
    assert await total("2025-01-01T00:00:00Z") == "120"


async def test_a_quote_is_submitted_then_accepted_and_is_evidence(graph: Graph, database: Database) -> None:
    deal = await opportunity(graph)

    id = await accepted_quote(graph, deal, await product(graph))

    assert await told(database) == ["OpportunityOpened", "ProductListed", "QuoteSubmitted", "QuoteAccepted"]
    submitted = (await outbox(database))[2].data
    assert (submitted["total"]["amount"], submitted["discountPercent"]) == ("270.0000", "10.00")
    answer = await graph("query($id: ID!) { opportunity(id: $id) { evidence { key flag } } }", {"id": deal})
    facts = {fact["key"] for fact in answer.data["opportunity"]["evidence"] if fact["flag"]}
    assert facts == {"quote_submitted", "terms_agreed"}
    assert (await refused(graph, "acceptQuote", {"id": id}))["code"] == "CONFLICT"


async def test_a_line_that_cannot_be_sold_is_named(graph: Graph, database: Database) -> None:
    item = await product(graph)
    deal = await opportunity(graph)
    before = len(await outbox(database))
    wrong = {
        "quantity": line(item, "0"),
        "discountPercent": line(item, discountPercent="101"),
        "productId": line(str(uuid4())),
        "unitPrice": line(item, unitPrice=money("5", "USD")),
    }

    for field, entry in wrong.items():
        asked = {"opportunityId": deal, "lines": [line(item), entry]}
        error = await refused(graph, "createQuote", asked)
        assert error["inputPath"] == ["input", "lines", 1, field]
    assert len(await outbox(database)) == before
    assert (await graph("{ quotes { totalCount } }")).data["quotes"]["totalCount"] == 0


def test_figures_round_half_up() -> None:
    priced = price_line(
        Decimal("0.5"), Money(Decimal("0.01"), "CNY"), Money(Decimal("0.01"), "CNY"), Decimal(0)
    )

    assert priced.total == Decimal("0.01")
    assert overall_discount([]) == 0


@given(
    cents=st.integers(1, 10**12),
    weights=st.lists(st.integers(1, 100), min_size=1, max_size=12),
)
def test_instalments_by_percent_lose_no_cent(cents: int, weights: list[int]) -> None:
    total = Money(Decimal(cents) / 100, "CNY")
    percents = [Decimal(weight) * 100 / sum(weights) for weight in weights]
    percents = [round(percent, 2) for percent in percents]
    percents[-1] += 100 - sum(percents)
    if cents < 10_000 or min(percents) <= 0:
        return  # an instalment of nothing is refused

    parts = split(total, [Share(f"{place}", percent=percent) for place, percent in enumerate(percents)])

    assert sum(part.amount for part in parts) == total.amount
    assert all(
        abs(part.amount - total.amount * p / 100) <= 1 for part, p in zip(parts, percents, strict=True)
    )
