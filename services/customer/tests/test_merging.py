"""Merging: one record stands for two, field by field, and two are there again when it is taken back."""

from typing import Any

import pytest

from chassis.database import Database
from chassis.testing import Graph, employee, outbox
from customer.merges.kinds import COMPANY
from services.customer.tests.test_companies import register

MERGE = """mutation($input: MergeCustomersInput!) { mergeCustomers(input: $input) {
  customer { id version name industry region tags owner { id } } merge { id loserId loserName taken } } }"""
UNMERGE = """mutation($input: UnmergeCustomersInput!) { unmergeCustomers(input: $input) {
  winner { id name industry region tags } loser { id name industry region tags externalId } } }"""
SEEN = """query($id: ID!) { customer(id: $id) { id name externalId parent { id }
  contacts { nodes { id name phone email } } interactions { nodes { subject contact { name } } } } }"""
NAMES = "{ customers { totalCount nodes { name } } }"
CONTACT = "mutation($input: AddContactInput!) { addContact(input: $input) { contact { id } } }"
MERGE_CONTACTS = """mutation($input: MergeContactsInput!) { mergeContacts(input: $input) {
  contact { id name email phone } merge { id taken } } }"""
UNMERGE_CONTACTS = """mutation($input: UnmergeContactsInput!) { unmergeContacts(input: $input) {
  winner { name email } loser { name email } } }"""
TAG = "mutation($input: TagCustomerInput!) { tagCustomer(input: $input) { customer { tags } } }"
LOG = "mutation($input: LogInteractionInput!) { logInteraction(input: $input) { interaction { id } } }"
HISTORY = """query($id: ID!) { customer(id: $id) { history(first: 50) { nodes {
  action cause changes { field } } } } }"""


async def do(graph: Graph, mutation: str, **input: Any) -> Any:
    answer = await graph(mutation, {"input": input})
    assert not answer.errors, answer.errors
    return next(iter(answer.data.values()))


async def person(graph: Graph, customer: str, name: str, **given: Any) -> str:
    added = await do(graph, CONTACT, customerId=customer, name=name, **given)
    return str(added["contact"]["id"])


async def log(graph: Graph, customer: str, subject: str, **given: Any) -> None:
    await do(graph, LOG, customerId=customer, kind="CALL", subject=subject, **given)


async def seen(graph: Graph, id: str) -> Any:
    return (await graph(SEEN, {"id": id})).data["customer"]


@pytest.fixture
async def two(graph: Graph) -> tuple[str, str]:
    """Two entries of one company, each with what the other lacks, and one person in both."""
    winner = await register(graph, "上海示例科技有限公司", industry="制造业", region="华东")
    loser = await register(
        graph, "上海式例科技有限公司", industry="软件", region="华北", sizeBand="50-200", externalId="X-1"
    )
    await do(graph, TAG, id=winner, add=["重点"])
    await do(graph, TAG, id=loser, add=["重点", "VIP"])
    first = await person(graph, winner, "张三")
    second = await person(graph, loser, "张三", phone="13800138000")
    await person(graph, loser, "李四")
    await log(graph, winner, "first call", contactId=first)
    await log(graph, loser, "second call", contactId=second)
    return winner, loser


@pytest.mark.feature("F20")
async def test_the_winner_has_what_was_chosen_and_what_it_lacked(graph: Graph, two: tuple[str, str]) -> None:
    winner, loser = two

    merged = await do(
        graph,
        MERGE,
        winnerId=winner,
        loserId=loser,
        fields=[{"field": "industry", "from": "LOSER"}, {"field": "region", "from": "WINNER"}],
    )

    shown = merged["customer"]
    assert (shown["industry"], shown["region"], shown["tags"]) == ("软件", "华东", ["重点", "VIP"])
    assert (merged["merge"]["loserName"], sorted(merged["merge"]["taken"])) == (
        "上海式例科技有限公司",
        ["external_id", "industry", "last_follow_up_at", "size_band"],
    )
    whole = await seen(graph, loser)  # the old id leads to the company that stands for both
    assert whole == await seen(graph, winner)
    assert (whole["id"], whole["externalId"]) == (winner, "X-1")
    assert {(each["name"], each["phone"]) for each in whole["contacts"]["nodes"]} == {
        ("张三", "+8613800138000"),  # one person, by the company's rule of uniqueness
        ("李四", None),
    }
    assert [(each["subject"], each["contact"]["name"]) for each in whole["interactions"]["nodes"]] == [
        ("second call", "张三"),
        ("first call", "张三"),
    ]
    listed = (await graph(NAMES)).data["customers"]
    assert (listed["totalCount"], listed["nodes"]) == (1, [{"name": "上海示例科技有限公司"}])


@pytest.mark.feature("F20")
async def test_a_merge_taken_back_leaves_two_as_they_were_and_what_came_since_where_it_belongs(
    graph: Graph, database: Database, two: tuple[str, str]
) -> None:
    winner, loser = two
    before = [await seen(graph, id) for id in two]
    merged = await do(graph, MERGE, winnerId=winner, loserId=loser)
    await log(graph, winner, "for the one")
    await log(graph, loser, "for the other")  # from a page that was open
    await COMPANY.merging.sweep(database)
    assert len((await seen(graph, winner))["interactions"]["nodes"]) == 4

    back = await do(graph, UNMERGE, id=merged["merge"]["id"])

    assert (back["winner"]["tags"], sorted(back["loser"]["tags"])) == (["重点"], ["VIP", "重点"])
    assert (back["loser"]["name"], back["loser"]["externalId"]) == ("上海式例科技有限公司", "X-1")
    after = [await seen(graph, id) for id in two]
    logged = [[each["subject"] for each in one["interactions"]["nodes"]] for one in after]
    assert logged == [["for the one", "first call"], ["for the other", "second call"]]
    for one, other in zip(before, after, strict=True):
        assert one["contacts"] == other["contacts"]
    assert (await graph(UNMERGE, {"input": {"id": merged["merge"]["id"]}})).codes == ["CONFLICT"]
    again = await do(graph, MERGE, winnerId=winner, loserId=loser)
    assert again["merge"]["id"] != merged["merge"]["id"]


async def test_the_others_are_told_and_both_histories_name_the_merge(
    graph: Graph, database: Database, two: tuple[str, str]
) -> None:
    winner, loser = two
    merged = await do(graph, MERGE, winnerId=winner, loserId=loser)
    id = merged["merge"]["id"]
    told = {event.type.rpartition(".")[2]: event.data for event in await outbox(database)}
    assert (told["CustomersMerged"]["customerId"], told["CustomersMerged"]["loserId"]) == (winner, loser)
    assert told["CustomersMerged"]["mergeId"] == id
    assert told["ContactsMerged"]["customerId"] == winner

    await do(graph, UNMERGE, id=id)

    told = {event.type.rpartition(".")[2]: event.data for event in await outbox(database)}
    assert told["CustomersUnmerged"]["mergeId"] == id
    for each in two:
        entries = (await graph(HISTORY, {"id": each})).data["customer"]["history"]["nodes"]
        assert f"merge {id}" in {entry["cause"] for entry in entries}


async def test_a_refused_merge_changes_nothing(
    graph: Graph, database: Database, two: tuple[str, str]
) -> None:
    winner, loser = two
    told = len(await outbox(database))
    pair = {"winnerId": winner, "loserId": loser}
    for refused, code in (
        ({**pair, "loserId": winner}, "INVALID"),
        ({**pair, "fields": [{"field": "nonsense", "from": "LOSER"}]}, "INVALID"),
        ({**pair, "expectedLoserVersion": 1}, "CONFLICT"),
        ({**pair, "loserId": "00000000-0000-7000-8000-000000000000"}, "NOT_FOUND"),
    ):
        assert (await graph(MERGE, {"input": refused})).codes == [code]
    assert (await graph(MERGE, {"input": pair}, by=employee("customer:read", "customer:update"))).codes == [
        "FORBIDDEN"
    ]
    assert len(await outbox(database)) == told


async def test_a_known_name_in_the_spelling_of_the_loser_is_the_winners(
    graph: Graph, two: tuple[str, str]
) -> None:
    winner, loser = two
    await do(graph, MERGE, winnerId=winner, loserId=loser, fields=[{"field": "name", "from": "LOSER"}])
    assert (await seen(graph, winner))["name"] == "上海式例科技有限公司"
    create = (
        "mutation($input: RegisterCustomerInput!) { registerCustomer(input: $input) { customer { id } } }"
    )

    for name in ("上海示例科技有限公司", "上海式例科技"):
        answer = await graph(create, {"input": {"name": name}})
        assert answer.errors[0]["extensions"]["facts"] == {"customerId": winner}
    answer = await graph(TAG, {"input": {"id": loser, "add": ["x"]}})
    assert answer.errors[0]["extensions"]["facts"] == {"mergedIntoId": winner}


async def test_merges_of_merges_are_taken_back_in_turn(graph: Graph, two: tuple[str, str]) -> None:
    winner, loser = two
    third = await register(graph, "上海示例")
    inner = await do(graph, MERGE, winnerId=winner, loserId=loser)
    outer = await do(graph, MERGE, winnerId=third, loserId=winner)
    assert (await seen(graph, loser))["id"] == third

    assert (await graph(UNMERGE, {"input": {"id": inner["merge"]["id"]}})).codes == ["CONFLICT"]
    await do(graph, UNMERGE, id=outer["merge"]["id"])
    await do(graph, UNMERGE, id=inner["merge"]["id"])

    assert [(await seen(graph, id))["id"] for id in (winner, loser, third)] == [winner, loser, third]
    assert (await seen(graph, third))["contacts"]["nodes"] == []


@pytest.mark.feature("F20")
async def test_two_contacts_become_one_person_and_two_again(graph: Graph, two: tuple[str, str]) -> None:
    one = await person(graph, two[0], "Ada Lovelace", phone="13900139000")
    other = await person(graph, two[1], "A. Lovelace", email="ada@example.com")
    await log(graph, two[1], "spoke with her", contactId=other)

    fields = [{"field": "name", "from": "LOSER"}]
    merged = await do(graph, MERGE_CONTACTS, winnerId=one, loserId=other, fields=fields)

    assert merged["contact"] == {
        "id": one,
        "name": "A. Lovelace",
        "email": "ada@example.com",
        "phone": "+8613900139000",
    }
    back = await do(graph, UNMERGE_CONTACTS, id=merged["merge"]["id"])
    assert back == {
        "winner": {"name": "Ada Lovelace", "email": None},
        "loser": {"name": "A. Lovelace", "email": "ada@example.com"},
    }
