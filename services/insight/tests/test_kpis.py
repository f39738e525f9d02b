"""Measures: exact, explained by formula and records, never adding currencies."""

from uuid import UUID, uuid4

import pytest

from chassis.database import Database
from chassis.testing import Graph, deliver, employee
from insight.consumers import HANDLERS
from roundel.common.v1.money_pb2 import Money
from roundel.sales.v1 import sales_events_pb2 as sales
from tests.access.people import Company, grant


def opened(id: UUID, *, engaged_on: str = "2026-01-01") -> sales.OpportunityOpened:
    return sales.OpportunityOpened(
        opportunity_id=str(id), version=1, name="Deal", stage="QUALIFICATION", engaged_on=engaged_on
    )


def won(
    id: UUID, amount: str, *, closed_on: str = "2026-01-31", currency: str = "USD"
) -> sales.OpportunityWon:
    return sales.OpportunityWon(
        opportunity_id=str(id),
        version=2,
        name="Deal",
        amount=Money(amount=amount, currency=currency),
        engaged_on="2026-01-01",
        closed_on=closed_on,
    )


def lost(id: UUID, *, closed_on: str = "2026-02-01") -> sales.OpportunityLost:
    return sales.OpportunityLost(
        opportunity_id=str(id), version=2, name="Deal", engaged_on="2026-01-01", closed_on=closed_on
    )


async def kpis(graph: Graph, scope: dict[str, object] | None = None) -> dict[str, object]:
    answer = await graph("query($s: KpiScope) { kpis(scope: $s) { key value currency } }", {"s": scope})
    assert not answer.errors
    return {kpi["key"]: kpi["value"] for kpi in answer.data["kpis"]}


@pytest.mark.feature("F99", "F103")
async def test_measures_are_what_their_formulas_say(graph: Graph, database: Database) -> None:
    a, b, c, d = (uuid4() for _ in range(4))
    events = [opened(id) for id in (a, b, c, d)]
    await deliver(database, "insight", HANDLERS, *events, won(a, "1000.50"), lost(b))
    await deliver(database, "insight", HANDLERS, won(c, "500", closed_on="2026-01-10"))

    assert await kpis(graph) == {
        "WIN_RATE": "66.67",
        "WON_VALUE": "1500.5",
        "MEAN_DEAL": "750.25",
        "SALES_CYCLE": "19.5",
    }


async def test_a_scope_selects_the_records(graph: Graph, database: Database) -> None:
    a, b = uuid4(), uuid4()
    await deliver(database, "insight", HANDLERS, won(a, "10"), lost(b))

    assert (await kpis(graph, {"until": "2026-01-31"}))["WIN_RATE"] == "100"
    assert (await kpis(graph, {"since": "2026-02-01"}))["WIN_RATE"] == "0"
    assert (await kpis(graph, {"since": "2027-01-01"}))["WIN_RATE"] is None


async def test_amounts_of_two_currencies_are_never_added(graph: Graph, database: Database) -> None:
    await deliver(database, "insight", HANDLERS, won(uuid4(), "10"), won(uuid4(), "70", currency="CNY"))

    answer = await graph("{ kpi(key: WON_VALUE) { value } }")
    assert answer.codes == ["INVALID"]
    assert answer.errors[0]["extensions"]["facts"] == {"currencies": ["CNY", "USD"]}
    assert (await kpis(graph, {"currency": "CNY"}))["WON_VALUE"] == "70"


@pytest.mark.feature("N6")
async def test_a_number_names_the_records_behind_it(graph: Graph, database: Database) -> None:
    a, b = uuid4(), uuid4()
    await deliver(database, "insight", HANDLERS, opened(a), opened(b), won(a, "10"))

    answer = await graph(
        "{ kpi(key: WON_VALUE) { formula formulaVersion numerator "
        "sources(first: 5) { totalCount nodes { opportunity { id } amount { amount currency } } } } }"
    )

    kpi = answer.data["kpi"]
    assert kpi["formulaVersion"] == 1
    assert kpi["sources"] == {
        "totalCount": 1,
        "nodes": [{"opportunity": {"id": str(a)}, "amount": {"amount": "10", "currency": "USD"}}],
    }


@pytest.mark.feature("F108")
@pytest.mark.parametrize("amounts", [("10", "20"), ("10", "9000"), ("0.01", "20")])
async def test_no_measure_tells_of_amounts_that_are_kept_from_the_reader(
    graph: Graph, database: Database, amounts: tuple[str, str]
) -> None:
    company = Company(database, "insight", HANDLERS)
    await company.role("blind", grant("kpi", "read", hide=["amount"]))
    blind = await company.person("blind")
    await deliver(database, "insight", HANDLERS, *(won(uuid4(), amount) for amount in amounts))
    query = """query($k: KpiKey!) {
      kpi(key: $k) { value numerator denominator sources { totalCount nodes { %s } } } }"""

    for key in ("WON_VALUE", "MEAN_DEAL"):
        assert (await graph(query % "name", {"k": key}, by=blind)).codes == ["FORBIDDEN"]
    told = await graph(query % "name amount { amount }", {"k": "WIN_RATE"}, by=blind)
    assert told.data["kpi"] == {
        "value": "100",
        "numerator": "2",
        "denominator": "2",
        "sources": {"totalCount": 2, "nodes": 2 * [{"name": "Deal", "amount": None}]},
    }


async def test_events_in_any_order_and_twice_give_the_same_facts(graph: Graph, database: Database) -> None:
    a = uuid4()
    moved = sales.OpportunityStageChanged(
        opportunity_id=str(a), version=2, name="Deal", from_stage="QUALIFICATION", to_stage="DISCOVERY"
    )
    late = won(a, "10")
    late.version = 3

    await deliver(database, "insight", HANDLERS, late, id=UUID(int=1))
    await deliver(database, "insight", HANDLERS, moved, opened(a))
    await deliver(database, "insight", HANDLERS, late, id=UUID(int=1))

    assert await kpis(graph) == {
        "WIN_RATE": "100",
        "WON_VALUE": "10",
        "MEAN_DEAL": "10",
        "SALES_CYCLE": "30",
    }


async def test_a_deal_that_is_open_again_counts_no_more_until_it_is_decided_anew(
    graph: Graph, database: Database
) -> None:
    a, b = uuid4(), uuid4()
    again = sales.OpportunityReopened(opportunity_id=str(a), version=3, name="Deal", stage="DISCOVERY")
    dearer = sales.OpportunityChanged(
        opportunity_id=str(b),
        version=3,
        name="Deal",
        stage="CLOSED_WON",
        status="won",
        amount=Money(amount="30", currency="USD"),
        engaged_on="2026-01-01",
        closed_on="2026-01-31",
    )

    await deliver(database, "insight", HANDLERS, dearer, won(a, "10"), again, won(b, "20"))

    assert await kpis(graph) == {
        "WIN_RATE": "100",
        "WON_VALUE": "30",
        "MEAN_DEAL": "30",
        "SALES_CYCLE": "30",
    }


async def test_who_may_not_read_measures_is_refused(graph: Graph) -> None:
    answer = await graph("{ kpis { value } }", by=employee("lead:*"))
    assert answer.codes == ["FORBIDDEN"]
