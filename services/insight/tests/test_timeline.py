"""The timeline: every department's events on the customer's page, also those from before it was one."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.json_format import MessageToDict, MessageToJson
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.database import Database, now
from chassis.protojson.parsing import parse
from chassis.protojson.printing import to_dict
from chassis.testing import Graph, deliver, employee, outbox, statements
from insight.consumers import CONTRACTS, HANDLERS
from insight.timeline.labels import LABELS
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.marketing.v1 import marketing_events_pb2 as marketing
from roundel.sales.v1 import sales_events_pb2 as sales
from services.customer.tests.telling import merge_of

TIMELINE = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
  timeline(first: 10) { nodes { type title titleZh occurredAt } } } } }"""


def at(second: int) -> Timestamp:
    return Timestamp(seconds=1_750_000_000 + second)


async def timeline(graph: Graph, *ids: UUID) -> list[list[dict[str, str]]]:
    asked = {"r": [{"__typename": "Customer", "id": str(id)} for id in ids]}
    answer = await graph(TIMELINE, asked)
    assert not answer.errors
    return [entity["timeline"]["nodes"] for entity in answer.data["_entities"]]


@pytest.mark.feature("F15")
async def test_events_of_all_departments_stand_in_the_order_they_happened(
    graph: Graph, database: Database
) -> None:
    id = uuid4()
    registered = customer.CustomerRegistered(
        customer_id=str(id), version=1, name="上海示例", occurred_at=at(0)
    )
    signed = sales.ContractSigned(
        contract_id=str(uuid4()), customer_id=str(id), number="C-1", title="ERP", occurred_at=at(2)
    )
    quoted = sales.QuoteSubmitted(quote_id=str(uuid4()), customer_id=str(id), number="Q-1", occurred_at=at(1))
    await deliver(database, "insight", HANDLERS, signed, registered, quoted)

    [entries] = await timeline(graph, id)
    assert [entry["title"] for entry in entries] == [
        "Contract signed: C-1 ERP",
        "Quote Q-1 sent",
        "Registered as 上海示例",
    ]


async def test_a_customer_inherits_what_its_lead_and_prospect_did_before_and_after(
    graph: Graph, database: Database
) -> None:
    id, lead, prospect = uuid4(), uuid4(), uuid4()
    captured = marketing.ProspectCaptured(prospect_id=str(prospect), source="web", occurred_at=at(0))
    created = sales.LeadCreated(
        lead_id=str(lead), prospect_id=str(prospect), company="Acme", occurred_at=at(1)
    )
    converted = sales.LeadConverted(
        lead_id=str(lead), prospect_id=str(prospect), customer_id=str(id), occurred_at=at(2)
    )
    touched = marketing.TouchpointRecorded(
        touchpoint_id=str(uuid4()), prospect_id=str(prospect), kind="form", occurred_at=at(3)
    )
    await deliver(database, "insight", HANDLERS, created, converted, captured, touched)

    [entries] = await timeline(graph, id)
    assert [entry["type"].rsplit(".", 1)[1] for entry in entries] == [
        "TouchpointRecorded",
        "LeadConverted",
        "LeadCreated",
        "ProspectCaptured",
    ]


async def test_whoever_follows_a_timeline_is_told_of_what_is_new_on_it(
    graph: Graph, database: Database
) -> None:
    id, event = uuid4(), uuid4()
    registered = customer.CustomerRegistered(customer_id=str(id), name="Acme")
    registered.occurred_at.FromDatetime(now())
    history = customer.CustomerRegistered(customer_id=str(uuid4()), name="Old", occurred_at=at(0))
    nobodys = marketing.ProspectCaptured(prospect_id=str(uuid4()), source="web", occurred_at=at(1))
    await deliver(database, "insight", HANDLERS, registered, id=event)
    await deliver(database, "insight", HANDLERS, history)
    await deliver(database, "insight", HANDLERS, nobodys)

    [told] = await outbox(database)
    assert (told.type, told.subject) == ("roundel.insight.v1.TimelineEntryAdded", str(event))
    assert told.data["customerId"] == str(id)
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on TimelineEntry { title } } }"
    asked = {"r": [{"__typename": "TimelineEntry", "id": told.subject}]}
    assert (await graph(query, asked)).data == {"_entities": [{"title": "Registered as Acme"}]}
    refused = await graph(query, asked, by=employee("customer:read"))
    assert (refused.data, refused.codes) == ({"_entities": [None]}, ["FORBIDDEN"])


async def test_timelines_of_many_customers_cost_one_statement(graph: Graph, database: Database) -> None:
    ids = [uuid4() for _ in range(3)]
    with statements(database) as ran:
        await timeline(graph, *ids)
    assert len(ran) == 1


def test_every_event_of_every_contract_has_its_label() -> None:
    told = {event.DESCRIPTOR.full_name for event in HANDLERS}
    of_customers = {
        name
        for module in CONTRACTS
        for name in (found.full_name for found in module.DESCRIPTOR.message_types_by_name.values())
        if name in told and not name.startswith("roundel.identity.")
    }
    unlabelled = {name for name in of_customers - LABELS.keys() if "CustomFields" not in name}
    assert unlabelled == {
        "roundel.customer.v1.CustomerOwned",  # tells nothing new, only who was the owner already
        "roundel.marketing.v1.CampaignLaunched",
        "roundel.marketing.v1.CampaignCostRecorded",
        "roundel.marketing.v1.CampaignRemoved",
        "roundel.sales.v1.ProductListed",
        "roundel.sales.v1.ProductRemoved",
    }  # these concern no customer


def test_every_event_is_written_and_read_as_the_library_does() -> None:
    for kind in HANDLERS:
        event = kind()
        _fill(event)
        assert to_dict(event) == MessageToDict(event)
        assert parse(MessageToJson(event), kind) == event


def _fill(message: Message) -> None:
    for field in message.DESCRIPTOR.fields:
        held = getattr(message, field.name)
        if field.message_type and field.message_type.full_name == "google.protobuf.Struct":
            held.update({"key": "value"})
        elif field.message_type:
            _fill(held.add() if field.is_repeated else held)
        else:
            value = "some text" if field.type == field.TYPE_STRING else 1
            if field.is_repeated:
                held.append(value)
            else:
                setattr(message, field.name, value)


@pytest.mark.feature("F20")
async def test_the_timeline_of_a_merged_customer_is_the_winners_and_goes_back(
    graph: Graph, database: Database
) -> None:
    winner, loser, quote = uuid4(), uuid4(), uuid4()
    told: dict[str, Any] = {"quote_id": str(quote), "number": "Q-1"}
    submitted = sales.QuoteSubmitted(**told, customer_id=str(loser), occurred_at=at(0))
    accepted = sales.QuoteAccepted(**told, customer_id=str(winner), occurred_at=at(1))  # told after the merge
    merged, unmerged = merge_of(winner, loser)

    await deliver(database, "insight", HANDLERS, submitted, subject=quote)
    await deliver(database, "insight", HANDLERS, merged)
    await deliver(database, "insight", HANDLERS, accepted, subject=quote)
    assert await titles(graph, winner) == [
        "上海式例科技有限公司 merged into this one",
        "Quote Q-1 accepted",
        "Quote Q-1 sent",
    ]
    assert await titles(graph, loser) == []
    await deliver(database, "insight", HANDLERS, unmerged)

    assert await titles(graph, loser) == ["Quote Q-1 accepted", "Quote Q-1 sent"]


async def titles(graph: Graph, id: UUID) -> list[str]:
    return [entry["title"] for entry in (await timeline(graph, id))[0]]
