"""Look-ups in another service: a deal that names a customer gets what its writer may read of it there."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from chassis import testing
from chassis.access import Principal
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.importing.models import ImportJob, JobState
from chassis.importing.testing import Clerk, counts
from chassis.secrets.columns import opened
from chassis.testing import MASTER_KEYS, Answer, Graph, deliver
from roundel.customer.v1.customer_events_pb2 import CustomerRegistered
from sales.__main__ import make
from sales.consumers import HANDLERS
from sales.model import Model
from sales.opportunities.importable import IMPORTABLE_OPPORTUNITIES as OPPORTUNITIES
from services.sales.tests.stand_ins import Others
from services.sales.tests.steps import caller

pytestmark = pytest.mark.feature("F76")
DEFINE = "mutation($i: DefineFieldInput!) { defineOpportunityField(input: $i) { field { settings } } }"
OPEN = """mutation($i: OpenOpportunityInput!) { openOpportunity(input: $i) { opportunity {
  id customFields { key value } } } }"""
SET = """mutation($i: SetCustomFieldsInput!) { setOpportunityCustomFields(input: $i) { opportunity {
  customFields { key value } } } }"""
DEALS = "{ opportunities { nodes { name customFields { key value } } } }"
IMPORT = """mutation($i: ImportOpportunitiesInput!) { importOpportunities(input: $i) {
  rows { outcome message } } }"""
TAKEN = {"branch": "industry", "tier": "custom.tier"}


async def define(graph: Graph, by: Principal, key: str, type: str, **told: Any) -> Answer:
    field = {"key": key, "type": type, "labelZh": "字段", "labelEn": key, **told}
    return await graph(DEFINE, {"i": field}, by=by)


@pytest.fixture
def seller(others: Others) -> Principal:
    """Somebody whom both services know."""
    return caller(others.token)


@pytest.fixture
async def customers(graph: Graph, others: Others, database: Database, seller: Principal) -> list[str]:
    """Two customers; deals have a field that points to one and brings industry and tier."""
    for key in TAKEN:
        assert not (await define(graph, seller, key, "text")).errors
    fill = {"object": "customer", "fill": TAKEN}
    assert not (await define(graph, seller, "client", "reference", settings=fill)).errors
    ids = [str(uuid4()), str(uuid4())]
    for id in ids:
        await deliver(database, "sales", HANDLERS, CustomerRegistered(customer_id=id, version=1, name=id))
    others.records.told = {
        ids[0]: {"industry": "汽车", "custom.tier": "A"},
        ids[1]: {"industry": "Chemicals"},  # the tier is kept from whoever asks
    }
    others.records.asked.clear()
    return ids


def deal(client: str, **custom: Any) -> dict[str, Any]:
    given = {"client": client, **custom}
    return {"name": "宁波", "custom": [{"key": key, "value": value} for key, value in given.items()]}


def values(record: Any) -> dict[str, Any]:
    held = {each["key"]: each["value"] for each in record["customFields"]}
    return {key: held[key] for key in TAKEN}


async def test_a_reference_brings_what_its_writer_may_read_of_another_services_record(
    graph: Graph, others: Others, customers: list[str], seller: Principal
) -> None:
    made = (await graph(OPEN, {"i": deal(customers[0])}, by=seller)).data["openOpportunity"]["opportunity"]
    assert values(made) == {"branch": "汽车", "tier": "A"}

    chosen = {"id": made["id"], "custom": [{"key": "client", "value": customers[1]}]}
    other = (await graph(SET, {"i": chosen}, by=seller)).data["setOpportunityCustomFields"]["opportunity"]
    assert values(other) == {"branch": "Chemicals", "tier": "A"}  # which is left as it is
    assert [ids for _, ids in others.records.asked] == [[customers[0]], [customers[1]]]

    whole = await graph(OPEN, {"i": deal(customers[0], branch="Ships", tier=None)}, by=seller)
    assert values(whole.data["openOpportunity"]["opportunity"]) == {"branch": "Ships", "tier": None}
    assert len(others.records.asked) == 2  # nothing was left to ask


async def test_a_field_that_must_be_given_may_be_brought(
    graph: Graph, customers: list[str], seller: Principal
) -> None:
    assert not (await define(graph, seller, "size", "text", required=True)).errors
    fill = {"object": "customer", "fill": {"size": "custom.tier"}}
    assert not (await define(graph, seller, "buyer", "reference", settings=fill)).errors

    answer = await graph(OPEN, {"i": deal(customers[1], buyer=customers[0])}, by=seller)
    missing = await graph(OPEN, {"i": deal(customers[0], buyer=customers[1])}, by=seller)

    shown = answer.data["openOpportunity"]["opportunity"]["customFields"]
    assert {each["key"]: each["value"] for each in shown}["size"] == "A"
    assert "must be given" in missing.errors[0]["message"]


async def test_a_service_that_is_away_is_named_and_nothing_is_written(
    graph: Graph, others: Others, customers: list[str], seller: Principal
) -> None:
    await others.server.stop(0)

    refused = await graph(OPEN, {"i": deal(customers[0])}, by=seller)

    assert refused.codes == ["UNAVAILABLE"]
    assert "customer does not answer" in refused.errors[0]["message"]
    assert "give branch, tier yourself" in refused.errors[0]["message"]
    assert refused.errors[0]["extensions"]["inputPath"] == ["input", "custom"]
    assert not (await graph(DEALS)).data["opportunities"]["nodes"]
    whole = await graph(OPEN, {"i": deal(customers[0], branch="Ships", tier="B")}, by=seller)
    assert values(whole.data["openOpportunity"]["opportunity"]) == {"branch": "Ships", "tier": "B"}


async def test_what_the_other_service_lacks_is_told_when_the_field_is_defined(
    graph: Graph, others: Others, customers: list[str], seller: Principal
) -> None:
    wrong = {"object": "customer", "fill": {"branch": "industry", "tier": "colour"}}
    answer = await define(graph, seller, "other", "reference", settings=wrong)
    assert answer.codes == ["INVALID"]
    assert "customer has no field 'colour'" in answer.errors[0]["message"]
    assert answer.errors[0]["extensions"]["inputPath"] == ["input", "settings", "fill", "tier"]

    right = {"object": "customer", "fill": {"branch": "sizeBand"}}
    kept = await define(graph, seller, "other", "reference", settings=right)
    assert kept.data["defineOpportunityField"]["field"]["settings"]["fill"] == {"branch": "size_band"}

    await others.server.stop(0)
    away = await define(graph, seller, "third", "reference", settings=right)
    assert away.codes == ["UNAVAILABLE"]
    renamed = """mutation($i: ChangeFieldInput!) {
      changeOpportunityField(input: $i) { field { labelEn } } }"""
    assert not (await graph(renamed, {"i": {"key": "client", "labelEn": "Client"}}, by=seller)).errors


async def test_a_record_that_is_not_heard_of_here_is_asked_for(
    graph: Graph, others: Others, customers: list[str], seller: Principal
) -> None:
    person, stranger = str(uuid4()), str(uuid4())
    others.records.told[person] = {"industry": "HR"}
    assert not (await define(graph, seller, "person", "reference", settings={"object": "contact"})).errors
    fill = {"object": "contact", "fill": {"branch": "industry"}}
    assert not (await define(graph, seller, "buyer", "reference", settings=fill)).errors
    others.records.asked.clear()

    plain = [{"key": "person", "value": person}]
    assert not (await graph(OPEN, {"i": {"name": "宁波", "custom": plain}}, by=seller)).errors
    both = [*plain, {"key": "buyer", "value": person}]
    filled = await graph(OPEN, {"i": {"name": "宁波", "custom": both}}, by=seller)
    assert values(filled.data["openOpportunity"]["opportunity"])["branch"] == "HR"
    assert [ids for _, ids in others.records.asked] == [[person], [person]]

    unknown = [{"key": "person", "value": stranger}]
    refused = await graph(OPEN, {"i": {"name": "宁波", "custom": unknown}}, by=seller)
    assert refused.codes == ["INVALID"]
    assert refused.errors[0]["message"] == f"There is no contact {stranger} that you may read"


async def test_an_import_asks_once_for_all_its_rows(
    graph: Graph, others: Others, customers: list[str], seller: Principal
) -> None:
    first, second = customers
    rows = [
        {"externalId": str(at), "status": "OPEN", **deal(client)}
        for at, client in enumerate([first, second, first, "nobody"])
    ]

    for dry in (True, False):
        answer = await graph(IMPORT, {"i": {"rows": rows, "dryRun": dry}}, by=seller)
        outcomes = [row["outcome"] for row in answer.data["importOpportunities"]["rows"]]
        assert outcomes == ["CREATED", "CREATED", "CREATED", "REFUSED"]

    assert [ids for _, ids in others.records.asked] == [sorted(customers)] * 2
    kept = (await graph(DEALS)).data["opportunities"]["nodes"]
    assert sorted(values(each)["branch"] for each in kept) == ["Chemicals", "汽车", "汽车"]


async def test_a_file_asks_once_in_the_name_of_who_sent_it(
    graph: Graph, others: Others, customers: list[str], seller: Principal, database: Database
) -> None:
    runtime = testing.runtime(database, peers=others.peers)
    clerk = Clerk(make(), runtime, OPPORTUNITIES, by=seller)
    file = "deal name,client\n" + "".join(f"D{at},{customers[at % 2]}\n" for at in range(4))
    with pytest.raises(AssertionError, match="ROUNDEL_MASTER_KEYS"):
        await clerk.bring(file)  # a token is kept encrypted or not at all
    await opened(database, MASTER_KEYS, Model.metadata)

    done = await clerk.bring(file)
    await runtime.peers.close()

    assert counts(done) == {"created": 4}, done
    assert [ids for _, ids in others.records.asked] == [sorted(customers)]
    kept = (await graph(DEALS)).data["opportunities"]["nodes"]
    assert sorted(values(each)["branch"] for each in kept) == ["Chemicals", "Chemicals", "汽车", "汽车"]
    async with database.transaction() as session:
        [principal] = await session.scalars(select(ImportJob.principal))
    assert "token" not in principal


async def test_a_file_waits_for_a_service_that_is_away_and_ends_with_its_senders_token(
    graph: Graph, others: Others, customers: list[str], seller: Principal, database: Database
) -> None:
    await opened(database, MASTER_KEYS, Model.metadata)
    file = f"deal name,client\nD1,{customers[0]}\n"
    late = Clerk(make(), testing.runtime(database, peers=others.peers), OPPORTUNITIES, by=caller("over"))
    done = await late.bring(file)
    assert (done["state"], done["error"]) == ("FAILED", "The token does not hold; sign in again")

    await others.server.stop(0)
    clerk = Clerk(make(), testing.runtime(database, peers=others.peers), OPPORTUNITIES, by=seller)
    with pytest.raises(Unavailable, match="customer does not answer"):
        await clerk.bring(file)

    assert not (await graph(DEALS)).data["opportunities"]["nodes"]
    async with database.transaction() as session:
        attempts = select(ImportJob.attempts).where(ImportJob.state == JobState.WAITING)
        assert list(await session.scalars(attempts)) == [1]  # it is tried again
