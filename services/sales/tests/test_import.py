"""Historic deals: entered fast, told like any other, refused row by row."""

from typing import Any
from uuid import uuid4

from chassis.database import Database
from chassis.testing import Graph, outbox
from services.sales.tests.steps import do, money, product, told

ROWS = "rows { index outcome id code message }"


def deal(external_id: str, **given: Any) -> dict[str, Any]:
    return {"externalId": external_id, "name": f"Deal {external_id}", "status": "OPEN", **given}


def won(external_id: str, **given: Any) -> dict[str, Any]:
    closed = {"status": "WON", "engagedOn": "2016-10-20", "closedOn": "2017-03-01"}
    return deal(external_id, **{**closed, "closeValue": money("1054", "USD"), **given})


async def imported(graph: Graph, rows: list[dict[str, Any]], **given: Any) -> list[Any]:
    answer = await do(graph, "importOpportunities", {"rows": rows, **given}, ROWS)
    return list(answer["rows"])


async def test_imported_deals_are_told_like_those_made_here(graph: Graph, database: Database) -> None:
    item = await product(graph)
    rows = [
        won("W", productId=item, customerId=str(uuid4())),
        deal("L", status="LOST", engagedOn="2017-01-01", closedOn="2017-02-01", lostReason="Price"),
        deal("O", stage="DISCOVERY"),
    ]

    answers = await imported(graph, rows)

    assert [answer["outcome"] for answer in answers] == ["CREATED"] * 3
    assert (await told(database))[1:] == ["OpportunityOpened"] * 3 + ["OpportunityWon", "OpportunityLost"]
    events = await outbox(database)
    opened, closed = events[1].data, events[4].data
    assert (opened["opportunityId"], opened["version"]) == (answers[0]["id"], "1")
    assert (opened["occurredAt"], closed["occurredAt"]) == ("2016-10-20T00:00:00Z", "2017-03-01T00:00:00Z")
    assert (closed["version"], closed["amount"]) == ("2", {"amount": "1054", "currency": "USD"})
    query = "query($id: ID!) { opportunity(id: $id) { version stage status closeValue { amount } } }"
    row = (await graph(query, {"id": answers[0]["id"]})).data["opportunity"]
    assert row == {"version": 2, "stage": "CLOSED_WON", "status": "WON", "closeValue": {"amount": "1054"}}
    found = await graph('{ opportunities(search: "Deal W") { nodes { name } } }')
    assert found.data["opportunities"]["nodes"] == [{"name": "Deal W"}]


async def test_a_refused_row_leaves_the_others_alone(graph: Graph, database: Database) -> None:
    rows = [
        won("1", closedOn=None),
        won("2", closedOn="2016-01-01"),
        won("3", closeValue=money("-1", "USD")),
        won("4", closeValue=money("1", "dollar")),
        won("5", productId=str(uuid4())),
        won("6", stage="DISCOVERY"),
        deal("7", stage="NOWHERE"),
        deal("8", name=" "),
        won("9"),
        won("9"),
    ]

    answers = await imported(graph, rows)

    assert [answer["code"] for answer in answers[:8]] == ["INVALID"] * 8
    assert "closedOn" in answers[0]["message"]
    assert [answer["outcome"] for answer in answers[8:]] == ["CREATED", "SKIPPED"]
    assert await told(database) == ["OpportunityOpened", "OpportunityWon"]


async def test_a_second_import_skips_or_updates(graph: Graph, database: Database) -> None:
    [first] = await imported(graph, [deal("A")])

    [skipped] = await imported(graph, [won("A")])
    [updated] = await imported(graph, [won("A")], duplicates="UPDATE")
    [again] = await imported(graph, [deal("A")], duplicates="UPDATE")

    assert (skipped["outcome"], updated["outcome"]) == ("SKIPPED", "UPDATED")
    assert first["id"] == skipped["id"] == updated["id"]
    assert again["code"] == "CONFLICT"
    assert await told(database) == ["OpportunityOpened", "OpportunityWon"]


async def test_a_dry_run_tells_and_keeps_nothing(graph: Graph, database: Database) -> None:
    [answer] = await imported(graph, [won("A")], dryRun=True)

    assert answer["outcome"] == "CREATED"
    assert not await outbox(database)
    assert (await graph("{ opportunities { totalCount } }")).data["opportunities"]["totalCount"] == 0


async def test_too_many_rows_are_refused(graph: Graph) -> None:
    query = (
        f"mutation($input: ImportOpportunitiesInput!) {{ importOpportunities(input: $input) {{ {ROWS} }} }}"
    )

    answer = await graph(query, {"input": {"rows": [deal(str(n)) for n in range(201)]}})

    assert answer.codes == ["LIMIT"]


async def test_products_are_imported_once(graph: Graph, database: Database) -> None:
    row = {"sku": "GTX Pro", "name": "GTX Pro", "series": "GTX", "listPrice": money("4821", "USD")}
    bad = {**row, "sku": "X", "listPrice": money("-1", "USD")}

    first = await do(graph, "importProducts", {"rows": [row, bad]}, ROWS)
    cheaper = {**row, "listPrice": money("4000", "USD")}
    second = await do(graph, "importProducts", {"rows": [cheaper], "duplicates": "UPDATE"}, ROWS)

    assert [answer["outcome"] for answer in first["rows"]] == ["CREATED", "REFUSED"]
    assert second["rows"][0]["outcome"] == "UPDATED"
    query = "{ products { nodes { sku listPrice { amount } prices { validFrom } } totalCount } }"
    [listed] = (await graph(query)).data["products"]["nodes"]
    assert listed["listPrice"] == {"amount": "4000"}
    assert len(listed["prices"]) == 1
