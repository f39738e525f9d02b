"""Who is known already is not entered again, by rules that the company sets itself."""

import asyncio

import pytest
from sqlalchemy import func, select

from chassis.database import Database
from chassis.testing import Answer, Graph, employee
from chassis.uniqueness.models import UniqueKey

REGISTER = "mutation($name: String!) { registerCustomer(input: {name: $name}) { customer { id } } }"
ADD = "mutation($input: AddContactInput!) { addContact(input: $input) { contact { id } } }"
SET = """mutation($rules: [UniquenessRuleInput!]!) {
  setContactUniqueness(input: {rules: $rules}) { rules { name fields } } }"""
RULES = "{ contactUniqueness { name fields } }"


@pytest.fixture
async def company(graph: Graph) -> str:
    """A customer's id."""
    answer = await graph(REGISTER, {"name": "上海示例科技有限公司"})
    return str(answer.data["registerCustomer"]["customer"]["id"])


async def add(graph: Graph, company: str, name: str, **given: object) -> Answer:
    return await graph(ADD, {"input": {"customerId": company, "name": name, **given}})


@pytest.mark.feature("F18")
async def test_one_phone_number_and_one_name_at_a_company_are_one_person(graph: Graph, company: str) -> None:
    known = await add(graph, company, "Ada Lovelace", phone="138 0013 8000")
    id = known.data["addContact"]["contact"]["id"]

    by_phone = await add(graph, company, "Somebody", phone="+86 13800138000")
    by_name = await add(graph, company, "ＡＤＡ  lovelace")

    assert by_phone.codes == by_name.codes == ["CONFLICT"]
    facts = [answer.errors[0]["extensions"]["facts"] for answer in (by_phone, by_name)]
    assert [(fact["rule"], fact["contactId"]) for fact in facts] == [("phone", id), ("company and name", id)]
    assert not (await add(graph, company, "Ada King")).errors


@pytest.mark.feature("F18")
async def test_who_may_not_read_the_record_is_not_told_which_it_is(graph: Graph, company: str) -> None:
    await add(graph, company, "Ada", phone="13800138000")
    input = {"customerId": company, "name": "Bob", "phone": "13800138000"}

    answer = await graph(ADD, {"input": input}, by=employee("contact:create", "customer:read"))

    assert answer.codes == ["CONFLICT"]
    assert answer.errors[0]["extensions"]["facts"] == {"rule": "phone"}


@pytest.mark.feature("F18")
async def test_the_company_sets_its_own_rules_over_what_is_there(
    graph: Graph, database: Database, company: str
) -> None:
    assert (await graph(RULES)).data["contactUniqueness"] == [
        {"name": "phone", "fields": ["phone"]},
        {"name": "company and name", "fields": ["customerId", "name"]},
    ]
    await add(graph, company, "Ada", email="ada@example.com", phone="13800138000")

    answer = await graph(SET, {"rules": [{"name": "mail", "fields": ["email"]}]})
    assert answer.data["setContactUniqueness"]["rules"] == [{"name": "mail", "fields": ["email"]}]

    assert not (await add(graph, company, "Ada", phone="13800138000", email="b@example.com")).errors
    refused = await add(graph, company, "Carl", email="ADA@example.com")
    assert refused.errors[0]["extensions"]["facts"]["rule"] == "mail"

    # two have one phone number now, so that rule cannot be set again before they are mended
    again = await graph(SET, {"rules": [{"name": "phone", "fields": ["phone"]}]})
    assert again.codes == ["CONFLICT"]
    assert (await graph(RULES)).data["contactUniqueness"] == [{"name": "mail", "fields": ["email"]}]
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(UniqueKey)) == 2


@pytest.mark.feature("F18")
async def test_of_two_at_once_one_comes_in(graph: Graph, company: str) -> None:
    answers = await asyncio.gather(
        *(add(graph, company, f"Ada {number}", phone="13800138000") for number in range(4))
    )

    assert sorted(str(answer.codes) for answer in answers) == ["['CONFLICT']"] * 3 + ["[]"]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([{"name": "x", "fields": ["shoeSize"]}], "INVALID"),
        ([{"name": "x", "fields": []}], "INVALID"),
        ([{"name": "x", "fields": ["name; DROP TABLE contact"]}], "INVALID"),
        ([{"name": str(number), "fields": ["name"]} for number in range(11)], "LIMIT"),
    ],
)
async def test_rules_that_cannot_be_are_refused(graph: Graph, rules: list[object], code: str) -> None:
    assert (await graph(SET, {"rules": rules})).codes == [code]


async def test_only_who_may_configure_sets_rules(graph: Graph) -> None:
    assert (await graph(SET, {"rules": []}, by=employee("contact:create"))).codes == ["FORBIDDEN"]
    assert (await graph(SET, {"rules": []})).data == {"setContactUniqueness": {"rules": []}}
