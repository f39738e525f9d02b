"""Intake forms: made, published, read and submitted by anybody; what arrives makes prospects."""

import asyncio
from uuid import uuid4

import pytest

from chassis.access import ANONYMOUS, Principal
from chassis.database import Database
from chassis.testing import Answer, Graph, employee, outbox
from services.marketing.tests.builders import FIELDS, SUBMIT, answered, form, submit


async def types(database: Database) -> list[str]:
    return [told.type.rpartition(".")[2] for told in await outbox(database)]


@pytest.mark.feature("F2")
async def test_anybody_may_read_a_published_form(graph: Graph) -> None:
    await form(graph)

    answer = await graph(
        '{ publicForm(key: "contact-us") { title fields { name labelZh labelEn type required choices } } }',
        by=ANONYMOUS,
    )

    assert answer.data["publicForm"]["title"] == "Contact us"
    assert answer.data["publicForm"]["fields"][-1] == {
        "name": "team_size",
        "labelZh": "规模",
        "labelEn": "Size",
        "type": "CHOICE",
        "required": False,
        "choices": ["1-50", "50+"],
    }


async def test_a_form_that_is_not_published_is_nowhere_on_the_web(graph: Graph, database: Database) -> None:
    await form(graph, publish=False)

    assert (await graph('{ publicForm(key: "contact-us") { key } }', by=ANONYMOUS)).data == {
        "publicForm": None
    }
    assert (await submit(graph, email="ada@example.org")).codes == ["NOT_FOUND"]
    assert await types(database) == ["CampaignLaunched"]


@pytest.mark.feature("F2", "F119")
async def test_an_anonymous_submission_makes_a_qualified_prospect_with_source_and_campaign(
    graph: Graph, database: Database
) -> None:
    campaign = await form(graph)

    answer = await submit(
        graph, company="上海示例科技", contact_name="Ada", email="ADA@Example.org ", team_size="50+"
    )

    assert not answer.errors
    assert (await types(database))[1:] == ["ProspectCaptured", "TouchpointRecorded", "ProspectQualified"]
    qualified = (await outbox(database))[-1].data
    assert qualified["campaignId"] == campaign
    assert (qualified["source"], qualified["company"]) == ("website", "上海示例科技")
    assert (qualified["email"], qualified["version"]) == ("ada@example.org", "2")
    found = await graph(
        """{ prospects { nodes { status source campaign { sourceCode }
          touchpoints { nodes { id kind detail page answers { name value } } } } } }"""
    )
    [prospect] = found.data["prospects"]["nodes"]
    assert (prospect["status"], prospect["campaign"]) == ("QUALIFIED", {"sourceCode": "WEB"})
    [touchpoint] = prospect["touchpoints"]["nodes"]
    assert touchpoint["id"] == answer.data["submitIntakeForm"]["receipt"]
    assert (touchpoint["kind"], touchpoint["detail"]) == ("FORM", "Contact us")
    assert {"name": "team_size", "value": "50+"} in touchpoint["answers"]


@pytest.mark.feature("F2")
async def test_answers_are_taken_as_fields_of_the_same_type_take_them(graph: Graph) -> None:
    asked = [
        {"name": name, "labelZh": name, "labelEn": name, "type": type}
        for name, type in (("site", "URL"), ("pieces", "NUMBER"), ("needed_on", "DATE"))
    ]
    await form(graph, fields=[*FIELDS, *asked])

    given = {"site": "example.org", "pieces": " 12.50 ", "needed_on": "2026年3月1日"}
    assert not (await submit(graph, email="ada@example.org", **given)).errors
    [error] = (await submit(graph, email="ada@example.org", pieces="many")).errors

    assert error["extensions"]["facts"]["field"] == "pieces"
    assert error["extensions"]["inputPath"] == ["input", "answers", 1, "value"]
    query = "{ prospects { nodes { touchpoints { nodes { answers { name value } } } } } }"
    [touchpoint] = (await graph(query)).data["prospects"]["nodes"][0]["touchpoints"]["nodes"]
    kept = {each["name"]: each["value"] for each in touchpoint["answers"]}
    assert kept["site"] == "https://example.org"
    assert (kept["pieces"], kept["needed_on"]) == ("12.5", "2026-03-01")


@pytest.mark.feature("F2")
async def test_the_same_contact_is_one_prospect_and_qualified_once(graph: Graph, database: Database) -> None:
    await form(graph)

    await submit(graph, email="ada@example.org")
    await submit(graph, email="Ada@example.org", phone="138 0013 8000", company="Acme")
    await submit(graph, email="other@example.org", phone="+8613800138000")

    assert (await types(database)).count("ProspectQualified") == 1
    assert (await types(database)).count("TouchpointRecorded") == 3
    found = await graph("{ prospects { totalCount nodes { email phone } } }")
    assert found.data["prospects"] == {
        "totalCount": 1,
        "nodes": [{"email": "ada@example.org", "phone": "+8613800138000"}],
    }


async def test_two_known_contacts_stay_two_prospects(graph: Graph, database: Database) -> None:
    await form(graph)
    await submit(graph, email="ada@example.org")
    await submit(graph, phone="+8613800138000")

    assert not (await submit(graph, email="ada@example.org", phone="+8613800138000")).errors

    found = await graph(
        "{ prospects(sort: {by: CAPTURED_AT}) { nodes { email touchpoints { totalCount } } } }"
    )
    assert found.data["prospects"]["nodes"] == [
        {"email": "ada@example.org", "touchpoints": {"totalCount": 2}},
        {"email": None, "touchpoints": {"totalCount": 1}},
    ]


async def test_submissions_at_the_same_moment_make_one_prospect(graph: Graph, database: Database) -> None:
    await form(graph)

    answers = await asyncio.gather(*(submit(graph, email="ada@example.org") for _ in range(4)))

    assert not [error for answer in answers for error in answer.errors]
    assert (await types(database)).count("ProspectCaptured") == 1
    assert (await types(database)).count("ProspectQualified") == 1


async def test_a_form_that_does_not_qualify_leaves_that_to_people(graph: Graph, database: Database) -> None:
    await form(graph, qualifies=False)

    await submit(graph, email="ada@example.org")

    assert (await types(database))[1:] == ["ProspectCaptured", "TouchpointRecorded"]


async def test_a_repeated_key_submits_once_and_answers_alike(graph: Graph, database: Database) -> None:
    await form(graph)
    sent = {"formKey": "contact-us", "answers": answered(email="ada@example.org"), "idempotencyKey": "k-1"}

    first = await graph(SUBMIT, {"input": sent}, by=ANONYMOUS)
    second = await graph(SUBMIT, {"input": sent}, by=ANONYMOUS)

    assert not first.errors
    assert first.data == second.data
    assert (await types(database)).count("TouchpointRecorded") == 1


async def test_one_contact_cannot_flood_a_form(graph: Graph, database: Database) -> None:
    await form(graph)
    for _ in range(5):
        assert not (await submit(graph, email="ada@example.org")).errors

    assert (await submit(graph, email="ada@example.org")).codes == ["LIMIT"]
    assert not (await submit(graph, email="bob@example.org")).errors
    assert (await types(database)).count("TouchpointRecorded") == 6


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        (answered(email="no address"), ["input", "answers", 0, "value"]),
        (answered(email="ada@example.org", phone="12"), ["input", "answers", 1, "value"]),
        (answered(email="ada@example.org", team_size="three"), ["input", "answers", 1, "value"]),
        (answered(email="ada@example.org", age="33"), ["input", "answers", 1, "name"]),
        (answered(email="ada@example.org", company="x" * 201), ["input", "answers", 1, "value"]),
        (answered(email="ada@example.org", message="a\0b"), ["input", "answers", 1, "value"]),
        ([*answered(email="a@b.cd"), *answered(email="c@d.ef")], ["input", "answers", 1, "name"]),
        (answered(company="Acme"), ["input", "answers"]),
        (answered(email="  "), ["input", "answers"]),
    ],
)
async def test_a_wrong_answer_is_named_and_nothing_is_kept(
    graph: Graph, database: Database, answers: list[dict[str, str]], path: list[object]
) -> None:
    await form(graph)

    answer = await graph(SUBMIT, {"input": {"formKey": "contact-us", "answers": answers}}, by=ANONYMOUS)

    assert answer.codes == ["INVALID"]
    assert answer.errors[0]["extensions"]["inputPath"] == path
    assert await types(database) == ["CampaignLaunched"]


async def test_a_required_answer_that_is_missing_is_named(graph: Graph) -> None:
    required = [{**field, "required": field["name"] == "company"} for field in FIELDS]
    await form(graph, fields=required)

    answer = await submit(graph, email="ada@example.org")

    assert answer.codes == ["INVALID"]
    assert answer.errors[0]["extensions"]["facts"] == {"field": "company"}


async def test_too_many_answers_and_a_page_too_long_are_refused(graph: Graph) -> None:
    await form(graph)
    many = {"formKey": "contact-us", "answers": answered(email="a@b.cd") * 51}
    long = {"formKey": "contact-us", "answers": answered(email="a@b.cd"), "page": "x" * 501}

    assert (await graph(SUBMIT, {"input": many}, by=ANONYMOUS)).codes == ["LIMIT"]
    assert (await graph(SUBMIT, {"input": long}, by=ANONYMOUS)).codes == ["INVALID"]


async def test_what_the_database_cannot_hold_is_invalid_not_an_accident(
    graph: Graph, database: Database
) -> None:
    await form(graph)
    sent = {"formKey": "contact-us", "answers": answered(email="a@b.cd"), "page": "a\0b"}

    answer = await graph(SUBMIT, {"input": sent}, by=ANONYMOUS)
    read = await graph(
        "query($key: String!) { publicForm(key: $key) { key } }", {"key": "a\0b"}, by=ANONYMOUS
    )

    assert (answer.codes, read.codes) == (["INVALID"], ["INVALID"])
    assert await types(database) == ["CampaignLaunched"]


async def test_only_who_may_import_can_submit_in_the_past(graph: Graph, database: Database) -> None:
    await form(graph)
    sent = {"formKey": "contact-us", "answers": answered(email="a@b.cd"), "at": "2025-01-02T03:04:05Z"}

    async def sent_by(caller: Principal) -> Answer:
        return await graph(SUBMIT, {"input": sent}, by=caller)

    assert (await sent_by(ANONYMOUS)).codes == ["UNAUTHENTICATED"]
    assert (await sent_by(employee("*:read"))).codes == ["FORBIDDEN"]
    assert not (await sent_by(employee("prospect:import"))).errors
    assert (await outbox(database))[-1].data["occurredAt"] == "2025-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"key": "Contact Us"}, "INVALID"),
        ({"key": "taken"}, "CONFLICT"),
        ({"title": ""}, "INVALID"),
        ({"fields": []}, "INVALID"),
        ({"fields": [{"name": "company", "labelZh": "公司", "labelEn": "Company"}]}, "INVALID"),
        ({"fields": [{"name": "email", "labelZh": "邮箱", "labelEn": "E-mail"}]}, "INVALID"),
        ({"fields": [*FIELDS, FIELDS[0]]}, "INVALID"),
        ({"fields": [*FIELDS, {"name": "x", "labelZh": "x", "labelEn": "x", "type": "CHOICE"}]}, "INVALID"),
        ({"campaignId": str(uuid4())}, "NOT_FOUND"),
    ],
)
async def test_a_form_that_nobody_could_fill_in_is_refused(
    graph: Graph, given: dict[str, object], code: str
) -> None:
    create = "mutation($input: CreateIntakeFormInput!) { createIntakeForm(input: $input) { form { id } } }"
    good = {"title": "Download", "source": "website", "fields": FIELDS}
    assert not (await graph(create, {"input": {**good, "key": "taken"}})).errors

    assert (await graph(create, {"input": {**good, "key": "download", **given}})).codes == [code]
