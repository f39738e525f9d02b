"""Fields that a company adds to leads: usable at once, everywhere, and harmless to what was there."""

import asyncio
from typing import Any
from urllib.parse import unquote

import pytest

from chassis.database import Database
from chassis.testing import Graph, employee, eventually, outbox, runtime
from sales.__main__ import make
from sales.consumers import HANDLERS
from services.sales.tests.steps import do, refused
from tests.access.people import Company, grant

VALUES = "customFields { key type value label(language: ZH) display(language: ZH) }"
OPTIONS = {"options": [{"value": "a", "zh": "甲", "en": "First"}, {"value": "b", "zh": "乙", "en": "Second"}]}


async def define(graph: Graph, key: str, type: str = "text", **given: Any) -> dict[str, Any]:
    asked = {"key": key, "type": type, "labelZh": f"{key}中", "labelEn": key, **given}
    done = await do(graph, "defineLeadField", asked, "field { key version settings }")
    return dict(done["field"])


def custom(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


async def lead(graph: Graph, **values: Any) -> dict[str, Any]:
    asked = {"company": "Acme", "custom": custom(**values)}
    done = await do(graph, "createLead", asked, f"lead {{ id version {VALUES} }}")
    return dict(done["lead"])


async def put(graph: Graph, id: str, **values: Any) -> dict[str, Any]:
    asked = {"id": id, "custom": custom(**values)}
    done = await do(graph, "setLeadCustomFields", asked, f"lead {{ id version {VALUES} }}")
    return dict(done["lead"])


def values_of(shown: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in shown["customFields"]}


@pytest.mark.feature("F77")
@pytest.mark.feature("F78")
async def test_a_field_defined_while_running_is_written_and_shown_at_once(graph: Graph) -> None:
    await define(graph, "stage", "single_select", settings=OPTIONS)

    made = await lead(graph, stage="a")

    assert made["customFields"] == [
        {"key": "stage", "type": "single_select", "value": "a", "label": "stage中", "display": "甲"}
    ]
    assert values_of(await put(graph, made["id"], stage="b")) == {"stage": "b"}
    assert values_of(await put(graph, made["id"], stage=None)) == {"stage": None}


@pytest.mark.feature("F75")
async def test_a_wrong_value_is_refused_with_its_place_and_nothing_is_kept(
    graph: Graph, database: Database
) -> None:
    await define(graph, "pieces", "integer", settings={"min": 1})

    wrong = {"company": "Acme", "custom": [{"key": "pieces", "value": 0}]}
    error = await refused(graph, "createLead", wrong)

    assert error["code"] == "INVALID"
    assert error["inputPath"] == ["input", "custom", 0, "value"]
    assert error["facts"] == {"field": "pieces"}
    assert not await outbox(database)
    unknown = {"company": "Acme", "custom": [{"key": "colour", "value": 0}]}
    assert (await refused(graph, "createLead", unknown))["inputPath"] == ["input", "custom", 0, "key"]
    twice = {"company": "Acme", "custom": [{"key": "pieces", "value": 1}, {"key": "pieces", "value": 2}]}
    assert (await refused(graph, "createLead", twice))["inputPath"] == ["input", "custom", 1, "key"]


@pytest.mark.feature("F75")
async def test_required_fields_are_asked_of_new_leads_and_not_of_old_ones(graph: Graph) -> None:
    old = await lead(graph)
    await define(graph, "budget", "money", required=True)
    await define(graph, "note")

    error = await refused(graph, "createLead", {"company": "Acme", "custom": []})
    assert error["facts"] == {"field": "budget", "missing": ["budget"]}

    assert values_of(await put(graph, old["id"], note="still editable"))["note"] == "still editable"
    amount = {"amount": "5", "currency": "CNY"}
    assert values_of(await put(graph, old["id"], budget=amount))["budget"] == amount
    emptied = {"id": old["id"], "custom": custom(budget=None)}
    assert (await refused(graph, "setLeadCustomFields", emptied))["code"] == "INVALID"


@pytest.mark.feature("F75")
async def test_a_field_is_asked_and_required_when_another_says_so(graph: Graph) -> None:
    await define(graph, "has_rival", "boolean")
    when = {"combinator": "and", "rules": [{"field": "custom.has_rival", "operator": "eq", "value": True}]}
    await define(graph, "rival", visibleWhen=when, requiredWhen=when)

    await lead(graph, has_rival=False)
    await lead(graph, has_rival=True, rival="Initech")
    lacking = await refused(graph, "createLead", {"company": "A", "custom": custom(has_rival=True)})
    assert lacking["facts"]["missing"] == ["rival"]
    hidden = {"company": "A", "custom": custom(has_rival=False, rival="Initech")}
    assert (await refused(graph, "createLead", hidden))["inputPath"] == ["input", "custom", 1]


@pytest.mark.feature("F75")
async def test_defaults_hold_for_new_leads_and_for_those_written_before(graph: Graph) -> None:
    old = await lead(graph)
    await define(graph, "stage", "single_select", settings=OPTIONS, default="a")

    new = await lead(graph)
    shown = await graph(f'{{ lead(id: "{old["id"]}") {{ {VALUES} }} }}')

    assert values_of(new) == values_of(shown.data["lead"]) == {"stage": "a"}
    assert values_of(await put(graph, old["id"], stage=None)) == {"stage": None}


@pytest.mark.feature("F75")
async def test_a_unique_value_belongs_to_one_lead(graph: Graph) -> None:
    await define(graph, "code", unique=True)
    first = await lead(graph, code="K1")

    error = await refused(graph, "createLead", {"company": "B", "custom": custom(code="K1")})

    assert (error["code"], error["facts"]) == ("CONFLICT", {"field": "code", "id": first["id"]})
    await put(graph, first["id"], code="K2")
    await lead(graph, code="K1")


async def test_a_field_becomes_unique_only_when_its_values_are(graph: Graph) -> None:
    await define(graph, "code")
    first, _ = await lead(graph, code="K1"), await lead(graph, code="K1")

    error = await refused(graph, "changeLeadField", {"key": "code", "unique": True})
    assert error["code"] == "CONFLICT"

    await put(graph, first["id"], code="K2")
    await do(graph, "changeLeadField", {"key": "code", "unique": True}, "field { unique }")
    taken = await refused(graph, "createLead", {"company": "C", "custom": custom(code="K2")})
    assert taken["facts"]["id"] == first["id"]


async def test_new_leads_are_numbered_without_gaps_also_when_made_together(graph: Graph) -> None:
    await define(graph, "number", "auto_number", settings={"prefix": "L-", "digits": 3})

    made = await asyncio.gather(*(lead(graph) for _ in range(5)))

    assert sorted(values_of(each)["number"] for each in made) == [f"L-{n:03}" for n in range(1, 6)]


@pytest.mark.feature("F77")
async def test_a_type_changes_when_every_value_can_be_kept(graph: Graph) -> None:
    await define(graph, "size")
    one = await lead(graph, size="120")
    two = await lead(graph, size="big")

    error = await refused(graph, "changeLeadField", {"key": "size", "type": "integer"})
    assert (error["code"], error["facts"]["id"]) == ("CONFLICT", two["id"])

    await put(graph, two["id"], size="1,000")
    await do(graph, "changeLeadField", {"key": "size", "type": "integer"}, "field { type }")
    shown = await graph(
        f'{{ a: lead(id: "{one["id"]}") {{ {VALUES} }} b: lead(id: "{two["id"]}") {{ {VALUES} }} }}'
    )
    assert [values_of(each)["size"] for each in shown.data.values()] == [120, 1000]


@pytest.mark.feature("F77")
async def test_a_retired_field_is_neither_shown_nor_taken_and_its_key_stays_taken(graph: Graph) -> None:
    await define(graph, "old")
    made = await lead(graph, old="x")

    await do(graph, "retireLeadField", {"key": "old"}, "field { retired }")

    assert values_of(await put(graph, made["id"])) == {}
    gone = await refused(graph, "createLead", {"company": "A", "custom": custom(old="y")})
    assert gone["code"] == "INVALID"
    again = {"key": "old", "type": "text", "labelZh": "旧", "labelEn": "Old"}
    assert (await refused(graph, "defineLeadField", again))["code"] == "CONFLICT"


async def test_a_field_that_a_condition_names_is_not_retired(graph: Graph) -> None:
    await define(graph, "a", "boolean")
    when = {"combinator": "and", "rules": [{"field": "custom.a", "operator": "eq", "value": True}]}
    await define(graph, "b", visibleWhen=when)

    assert (await refused(graph, "retireLeadField", {"key": "a"}))["facts"] == {"field": "b"}


@pytest.mark.feature("F78")
async def test_a_field_for_some_roles_does_not_exist_for_others(graph: Graph) -> None:
    await define(graph, "margin", "percent", roles=["manager"])
    manager, seller = employee(roles=["manager"]), employee(roles=["salesperson"])
    asked = {"company": "Acme", "custom": custom(margin="12")}
    done = await do(graph, "createLead", asked, f"lead {{ id {VALUES} }}", by=manager)
    id = done["lead"]["id"]

    hidden = await graph(f'{{ lead(id: "{id}") {{ {VALUES} }} }}', by=seller)

    assert values_of(done["lead"]) == {"margin": "12"}
    assert values_of(hidden.data["lead"]) == {}
    write = {"id": id, "custom": custom(margin="13")}
    assert (await refused(graph, "setLeadCustomFields", write, by=seller))["code"] == "INVALID"
    reader = employee("lead:read", roles=["salesperson"])
    listed = await graph("{ leadFields { key } leadForm { fields { key } } }", by=reader)
    assert "margin" not in str(listed.data)


async def test_references_are_checked_against_what_is_known_here(graph: Graph) -> None:
    other = await lead(graph)
    await define(graph, "see_also", "reference", settings={"object": "lead"})

    assert values_of(await lead(graph, see_also=other["id"]))["see_also"] == other["id"]
    unknown = "0199a1b2-0000-7000-8000-000000000009"
    for kind in ("employee", "team"):
        await define(graph, kind, kind)
        asked = {"company": "A", "custom": custom(**{kind: unknown})}
        assert (await refused(graph, "createLead", asked))["facts"] == {"field": kind, "id": unknown}
    error = await refused(graph, "createLead", {"company": "A", "custom": custom(see_also=unknown)})
    assert error["facts"] == {"field": "see_also", "id": unknown}
    strange = {
        "key": "x", "type": "reference", "labelZh": "x", "labelEn": "x", "settings": {"object": "planet"},
    }  # fmt: skip
    assert (await refused(graph, "defineLeadField", strange))["inputPath"] == ["input", "settings", "object"]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"key": "Bad Key"}, ["input", "key"]),
        ({"type": "hologram"}, ["input", "type"]),
        ({"labelZh": " "}, ["input", "labelZh"]),
        ({"settings": {"max_length": 0}}, ["input", "settings", "max_length"]),
        ({"default": 5}, ["input", "default"]),
        ({"type": "boolean", "unique": True}, ["input", "unique"]),
        ({"type": "auto_number", "required": True}, ["input"]),
        ({"roles": ["Not a role"]}, ["input", "roles", 0]),
        (
            {"visibleWhen": {"combinator": "and", "rules": [{"field": "custom.no", "operator": "isEmpty"}]}},
            ["input", "visibleWhen", "rules", 0, "field"],
        ),
    ],
)
async def test_a_definition_that_cannot_be_is_refused_with_its_place(
    graph: Graph, wrong: dict[str, Any], path: list[Any]
) -> None:
    given = {"key": "x", "type": "text", "labelZh": "中", "labelEn": "x", **wrong}

    error = await refused(graph, "defineLeadField", given)

    assert (error["code"], error["inputPath"]) == ("INVALID", path)


async def test_only_who_may_configure_leads_defines_their_fields(graph: Graph) -> None:
    given = {"key": "x", "type": "text", "labelZh": "中", "labelEn": "x"}
    seller = employee("lead:read", "lead:create", "lead:update")

    assert (await refused(graph, "defineLeadField", given, by=seller))["code"] == "FORBIDDEN"


@pytest.mark.feature("F78")
async def test_another_process_knows_a_new_field_within_five_seconds(
    graph: Graph, database: Database
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    elsewhere = Database(url)
    other = Graph(make(), runtime(elsewhere))
    assert (await other("{ leadForm { fields { key } } }")).data

    await define(graph, "news")

    async def known() -> bool:
        answer = await other("{ leadForm { fields { key } } }")
        return any(each["key"] == "news" for each in answer.data["leadForm"]["fields"])

    await eventually(known, timeout=5)
    made = await other(
        'mutation { createLead(input: {company: "B", custom: [{key: "news", value: "1"}]}) { lead { id } } }'
    )
    assert not made.errors
    await elsewhere.close()


@pytest.mark.feature("F78")
async def test_whatever_changes_custom_values_tells_all_of_them(graph: Graph, database: Database) -> None:
    await define(graph, "stage", "single_select", settings=OPTIONS)
    await define(graph, "pieces", "integer")
    made = await lead(graph, stage="a", pieces=3)
    await put(graph, made["id"], stage="b")
    await put(graph, made["id"], stage="b")
    await refused(graph, "setLeadCustomFields", {"id": made["id"], "custom": custom(stage="c")})

    told = [each for each in await outbox(database) if each.type == "roundel.sales.v1.CustomFieldsChanged"]

    assert [(each.data["version"], each.data["changed"]) for each in told] == [
        ("1", ["pieces", "stage"]),
        ("2", ["stage"]),
    ]
    assert told[1].data["custom"] == {"stage": "b", "pieces": 3}
    assert (told[1].data["object"], told[1].subject) == ("lead", made["id"])


@pytest.mark.feature("F78")
@pytest.mark.feature("F109")
async def test_what_a_changed_definition_rewrites_is_told_and_recorded_like_any_change(
    graph: Graph, database: Database
) -> None:
    await define(graph, "price", "integer")
    made, _ = await lead(graph, price=5), await lead(graph)
    await define(graph, "double", "formula", settings={"expression": "custom.price * 2"})
    thrice = {"key": "double", "settings": {"expression": "custom.price * 3"}}
    await do(graph, "changeLeadField", thrice, "field { key }")
    as_text = {"key": "price", "type": "text"}
    assert (await refused(graph, "changeLeadField", as_text))["code"] == "INVALID", "the formula needs it"
    await do(graph, "retireLeadField", {"key": "double"}, "field { key }")
    await do(graph, "changeLeadField", as_text, "field { key }")

    told = [each for each in await outbox(database) if each.type == "roundel.sales.v1.CustomFieldsChanged"]
    assert [(each.subject, each.data["version"], each.data["changed"]) for each in told] == [
        (made["id"], "1", ["price"]),
        (made["id"], "2", ["double"]),
        (made["id"], "3", ["double"]),
        (made["id"], "4", ["price"]),
    ]
    assert told[-1].data["custom"] == {"price": "5", "double": "15"}
    assert [unquote(each.headers.get("ce-cause", "")) for each in told] == [
        "",
        "field lead.double",
        "field lead.double",
        "field lead.price",
    ]
    asked = "changes { field before after } version cause"
    history = f"query($id: ID!) {{ lead(id: $id) {{ history {{ edges {{ node {{ {asked} }} }} }} }} }}"
    edges = (await graph(history, {"id": made["id"]})).data["lead"]["history"]["edges"]
    newest = edges[0]["node"]
    assert (newest["version"], newest["cause"]) == (4, "field lead.price")
    assert newest["changes"] == [{"field": "custom.price", "before": 5, "after": "5"}]


@pytest.mark.feature("F108")
async def test_a_field_kept_from_a_role_is_null_with_a_reason_and_neither_chosen_by_nor_entered(
    graph: Graph, database: Database
) -> None:
    await define(graph, "budget", "integer")
    await define(graph, "double", "formula", settings={"expression": "custom.budget * 2"})
    await define(graph, "note")
    made = await lead(graph, budget=5, note="a")
    company = Company(database, "sales", HANDLERS)
    await company.role("blind", grant("lead", "read create update", hide=["custom.budget"]))
    blind = await company.person("blind")

    asked = (
        "{ leads { nodes { customFields { key value } history { edges { node { changes { field } } } } } } }"
    )
    answer = await graph(asked, by=blind)

    [shown] = answer.data["leads"]["nodes"]
    assert values_of(shown) == {"budget": None, "double": None, "note": "a"}
    changes = shown["history"]["edges"][0]["node"]["changes"]
    assert {each["field"] for each in changes if each["field"].startswith("custom")} == {"custom.note"}
    hidden = [each["field"] for each in answer.masked]
    assert {"customFields.budget", "customFields.double"} <= set(hidden)
    fewer = await graph('{ leads { nodes { customFields(keys: ["note"]) { value } } } }', by=blind)
    assert fewer.masked == []
    where = {"rules": [{"field": "custom.budget", "operator": "gt", "value": 1}]}
    list = "query($w: Condition, $s: FieldOrder) { leads(where: $w, sortBy: $s) { totalCount } }"
    assert (await graph(list, {"w": where}, by=blind)).codes == ["INVALID"]
    assert (await graph(list, {"s": {"field": "custom.double"}}, by=blind)).codes == ["INVALID"]
    entered = {"id": made["id"], "custom": custom(budget=6)}
    error = await refused(graph, "setLeadCustomFields", entered, by=blind)
    assert (error["code"], error["inputPath"]) == ("FORBIDDEN", ["input", "custom", 0, "key"])
