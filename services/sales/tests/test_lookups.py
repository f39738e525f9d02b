"""Look-ups: a quote that names a deal gets the deal's values, as far as its writer may read them."""

from typing import Any

import pytest

from chassis.access import Principal
from chassis.access.directory import Directory
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, runtime
from sales.__main__ import make
from sales.consumers import HANDLERS
from sales.quotes.importable import IMPORTABLE_QUOTES
from services.sales.tests.steps import do, money, opportunity, product
from tests.access.people import Company, grant

pytestmark = pytest.mark.feature("F76")
DEFINE = "mutation($i: DefineFieldInput!) { define%sField(input: $i) { field { settings } } }"
TAKEN = {"deal_name": "name", "site": "custom.site", "worth": "amount"}
CREATE = (
    """mutation($i: CreateQuoteInput!) { createQuote(input: $i) { quote { customFields { key value } } } }"""
)
SET = """mutation($i: SetCustomFieldsInput!) {
  setQuoteCustomFields(input: $i) { quote { customFields { key value } } } }"""


async def define(graph: Graph, of: str, key: str, type: str, **told: Any) -> Any:
    field = {"key": key, "type": type, "labelZh": "字段", "labelEn": key, **told}
    return await graph(DEFINE % of, {"i": field})


@pytest.fixture
async def deals(graph: Graph) -> list[str]:
    """Two deals with a site each; quotes have a field that points to a deal and brings what it is called."""
    assert not (await define(graph, "Opportunity", "site", "text")).errors
    for key, type in (("deal_name", "text"), ("site", "text"), ("worth", "money")):
        assert not (await define(graph, "Quote", key, type)).errors
    fill = {"object": "opportunity", "fill": TAKEN}
    assert not (await define(graph, "Quote", "deal", "reference", settings=fill)).errors
    return [
        await opportunity(
            graph, name=name, amount=money(amount), custom=[{"key": "site", "value": f"{name} 工厂"}]
        )
        for name, amount in (("宁波", "100"), ("苏州", "250.50"))
    ]


async def quote(graph: Graph, deal: str, by: Principal | None = None, **custom: Any) -> dict[str, Any]:
    sold = await product(graph)
    given = {
        "opportunityId": deal,
        "lines": [{"productId": sold, "quantity": "1"}],
        "custom": [{"key": key, "value": value} for key, value in {"deal": deal, **custom}.items()],
    }
    answer = await graph(CREATE, {"i": given}, by=by)
    assert not answer.errors, answer.errors
    return values(answer.data["createQuote"]["quote"])


def values(record: Any) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in record["customFields"]}


async def test_a_reference_brings_values_of_the_record_it_points_to(graph: Graph, deals: list[str]) -> None:
    made = await quote(graph, deals[0])

    assert (made["deal_name"], made["site"]) == ("宁波", "宁波 工厂")
    assert made["worth"] == {"amount": "100", "currency": "CNY"}


async def test_what_is_given_stays_and_another_choice_brings_other_values(
    graph: Graph, deals: list[str]
) -> None:
    sold = await product(graph)
    lines = [{"productId": sold, "quantity": "1"}]
    custom = [{"key": "deal", "value": deals[0]}, {"key": "site", "value": "Hall 7"}]
    given = {"opportunityId": deals[0], "lines": lines, "custom": custom}
    made = await do(graph, "createQuote", given, "quote { id customFields { key value } }")
    assert values(made["quote"])["site"] == "Hall 7"

    id = made["quote"]["id"]
    same = await graph(SET, {"i": {"id": id, "custom": [{"key": "deal", "value": deals[0]}]}})
    assert values(same.data["setQuoteCustomFields"]["quote"])["site"] == "Hall 7"
    other = await graph(SET, {"i": {"id": id, "custom": [{"key": "deal", "value": deals[1]}]}})
    assert values(other.data["setQuoteCustomFields"]["quote"])["site"] == "苏州 工厂"
    assert values(other.data["setQuoteCustomFields"]["quote"])["worth"]["amount"] == "250.5"


async def test_what_the_writer_does_not_see_leaves_a_value_as_it_is(
    graph: Graph, deals: list[str], database: Database
) -> None:
    field = {"key": "site", "roles": ["surveyor"]}
    change = "mutation($i: ChangeFieldInput!) { changeOpportunityField(input: $i) { field { roles } } }"
    assert not (await graph(change, {"i": field})).errors
    company = Company(database, "sales", HANDLERS)
    await company.role("seller", grant("quote product opportunity", "read create update"))

    made = await quote(graph, deals[0], by=await company.person("seller"))

    assert (made["deal_name"], made["site"]) == ("宁波", None)
    custom = [{"key": "site", "value": "Hall 7"}, {"key": "deal", "value": None}]
    [id] = [node["id"] for node in (await graph("{ quotes { nodes { id } } }")).data["quotes"]["nodes"]]
    assert not (await graph(SET, {"i": {"id": id, "custom": custom}})).errors
    chosen = {"id": id, "custom": [{"key": "deal", "value": deals[1]}]}
    other = await graph(SET, {"i": chosen}, by=await company.person("seller"))
    seen = values(other.data["setQuoteCustomFields"]["quote"])
    assert (seen["deal_name"], seen["site"]) == ("苏州", "Hall 7")


async def test_nothing_is_copied_that_the_writer_may_not_read(
    graph: Graph, deals: list[str], database: Database
) -> None:
    company = Company(database, "sales", HANDLERS)
    whole = grant("quote product", "read create update")
    await company.role("blind", whole, grant("opportunity", "read", hide=["custom.site", "amount"]))
    await company.role("stranger", whole, grant("opportunity", "read", ["own"]))

    blind = await quote(graph, deals[0], by=await company.person("blind"))
    assert (blind["deal_name"], blind["site"], blind["worth"]) == ("宁波", None, None)

    plain = {"opportunityId": deals[0], "lines": [{"productId": await product(graph, "P2"), "quantity": "1"}]}
    made = await do(graph, "createQuote", plain, "quote { id }")
    chosen = {"id": made["quote"]["id"], "custom": [{"key": "deal", "value": deals[1]}]}
    strange = await graph(SET, {"i": chosen}, by=await company.person("stranger"))
    assert not strange.errors, strange.errors
    assert values(strange.data["setQuoteCustomFields"]["quote"])["deal_name"] is None


async def test_a_formula_is_not_copied_for_whoever_may_not_see_what_it_is_made_of(
    graph: Graph, deals: list[str], database: Database
) -> None:
    double = {"expression": "amount * 2"}
    assert not (await define(graph, "Opportunity", "double", "formula", settings=double)).errors
    assert not (await define(graph, "Quote", "twice", "text")).errors
    fill = {"object": "opportunity", "fill": {"twice": "custom.double"}}
    assert not (await define(graph, "Quote", "basis", "reference", settings=fill)).errors
    company, directory = Company(database, "sales", HANDLERS), Directory(database, untold=True)
    whole = grant("quote product", "read create import")
    await company.role("seller", whole, grant("opportunity", "read"))
    await company.role("blind", whole, grant("opportunity", "read", hide=["amount"]))
    people = [await company.person("seller"), await company.person("blind")]

    assert (await quote(graph, deals[0], by=people[1], basis=deals[0]))["twice"] is None
    await directory.refresh()
    for by in people:
        known = directory.resolve(by)
        clerk = Clerk(make(), runtime(database), IMPORTABLE_QUOTES, by=known, known=directory.resolve)
        done = await clerk.bring(f"quote number,deal,sku,basis\nQ1,宁波,P1,{deals[0]}\n")
        assert counts(done) == {"created": 1}, done

    kept = (await graph("{ quotes { nodes { customFields { key value } } } }")).data["quotes"]["nodes"]
    assert sorted(values(each)["twice"] or "" for each in kept) == ["", "", "200"]


@pytest.mark.parametrize(
    ("settings", "said", "place"),
    [
        ({"object": "opportunity", "fill": {"nowhere": "name"}}, "no other field 'nowhere'", ["nowhere"]),
        ({"object": "opportunity", "fill": {"site": "colour"}}, "has no field 'colour'", ["site"]),
        ({"object": "employee", "fill": {"site": "name"}}, "those it may ask; not from employee", []),
        ({"object": "opportunity", "fill": {}}, "1 to 50 fields", []),
    ],
)
async def test_a_look_up_that_cannot_be_is_refused_by_name(
    graph: Graph, deals: list[str], settings: Any, said: str, place: list[str]
) -> None:
    answer = await define(graph, "Quote", "other", "reference", settings=settings)

    [error] = answer.errors
    assert said in error["message"]
    assert error["extensions"]["inputPath"] == ["input", "settings", "fill", *place]
