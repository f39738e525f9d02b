"""The form of leads: usable from the start, laid out anew by JSON that must make sense."""

from typing import Any

import pytest

from chassis.testing import Graph, employee
from services.sales.tests.steps import do, refused

FORM = "{ leadForm { version layout fields { key standard required } } }"


async def form(graph: Graph) -> dict[str, Any]:
    answer = await graph(FORM)
    assert not answer.errors
    return dict(answer.data["leadForm"])


def names(layout: dict[str, Any]) -> list[str]:
    return [each["field"] for section in layout["sections"] for each in section["fields"]]


def laid_out(*fields: Any, **section: Any) -> dict[str, Any]:
    return {"sections": [{"title": {"zh": "线索", "en": "Lead"}, "fields": list(fields), **section}]}


async def lay_out(graph: Graph, layout: Any) -> dict[str, Any]:
    done = await do(graph, "changeLeadForm", {"layout": layout}, "form { version layout }")
    return dict(done["form"])


@pytest.mark.feature("F79")
async def test_there_is_a_usable_form_before_anything_is_configured(graph: Graph) -> None:
    shown = await form(graph)
    inputs = await graph('{ __type(name: "CreateLeadInput") { inputFields { name } } }')

    asked = {each["name"] for each in inputs.data["__type"]["inputFields"]}
    assert set(names(shown["layout"])) <= asked
    assert {each["key"] for each in shown["fields"] if each["required"]} == {"company"}


@pytest.mark.feature("F79")
async def test_a_template_adds_its_fields_once_and_they_are_on_the_form(graph: Graph) -> None:
    offered = await graph("{ leadFieldTemplates { name labelZh fields { id key group } } }")
    added = await do(graph, "applyLeadFieldTemplate", {"template": "qualification"}, "fields { key }")
    again = await do(graph, "applyLeadFieldTemplate", {"template": "qualification"}, "fields { key }")

    keys = [each["key"] for each in added["fields"]]
    assert "decision_chain" in keys
    assert again["fields"] == []
    offer = next(each for each in offered.data["leadFieldTemplates"] if each["name"] == "qualification")
    assert [each["key"] for each in offer["fields"]] == keys
    assert {each["id"] for each in offer["fields"]} == {None}
    assert {f"custom.{key}" for key in keys} <= set(names((await form(graph))["layout"]))
    error = await refused(graph, "applyLeadFieldTemplate", {"template": "moon"})
    assert error["inputPath"] == ["input", "template"]


@pytest.mark.feature("F74")
async def test_a_form_is_laid_out_anew_and_brought_back(graph: Graph) -> None:
    given = {"key": "note", "type": "text", "labelZh": "备注", "labelEn": "Note"}
    await do(graph, "defineLeadField", given, "field { key }")
    when = {"combinator": "and", "rules": [{"field": "custom.note", "operator": "isNotEmpty"}]}

    changed = await lay_out(
        graph, laid_out("company", {"field": "custom.note", "width": 2}, columns=2, visibleWhen=when)
    )

    section = changed["layout"]["sections"][0]
    assert section["columns"] == 2
    assert section["fields"] == [{"field": "company"}, {"field": "custom.note", "width": 2}]
    assert section["visibleWhen"]["rules"][0]["field"] == "custom.note"
    assert (await form(graph))["layout"] == changed["layout"]
    assert len(names((await lay_out(graph, None))["layout"])) > 2


@pytest.mark.feature("F77")
async def test_what_becomes_required_later_is_on_every_form_and_what_retires_on_none(graph: Graph) -> None:
    for key in ("note", "old"):
        given = {"key": key, "type": "text", "labelZh": "备注", "labelEn": "Note"}
        await do(graph, "defineLeadField", given, "field { key }")
    await lay_out(graph, laid_out("company", "custom.old"))

    await do(graph, "changeLeadField", {"key": "note", "required": True}, "field { required }")
    await do(graph, "retireLeadField", {"key": "old"}, "field { retired }")

    assert names((await form(graph))["layout"]) == ["company", "custom.note"]


@pytest.mark.parametrize(
    ("layout", "path"),
    [
        ([], []),
        ({"sections": []}, ["sections"]),
        ({"sections": [{"fields": []}]}, ["sections", 0, "title"]),
        (laid_out("email"), ["sections"]),
        (laid_out("company", "planet"), ["sections", 0, "fields", 1, "field"]),
        (laid_out("company", "company"), ["sections", 0, "fields", 1, "field"]),
        (laid_out({"field": "company", "width": 2}), ["sections", 0, "fields", 0, "width"]),
        (laid_out("company", columns=9), ["sections", 0, "columns"]),
        (laid_out("company", colour="red"), ["sections", 0]),
        (
            laid_out("company", visibleWhen={"rules": [{"field": "planet", "operator": "isEmpty"}]}),
            ["sections", 0, "visibleWhen", "rules", 0, "field"],
        ),
        ({**laid_out("company"), "version": 9}, ["version"]),
    ],
)
async def test_a_form_that_makes_no_sense_is_refused_with_the_place(
    graph: Graph, layout: Any, path: list[Any]
) -> None:
    error = await refused(graph, "changeLeadForm", {"layout": layout})

    assert (error["code"], error["inputPath"]) == ("INVALID", ["input", "layout", *path])


async def test_a_form_changed_by_two_is_a_conflict(graph: Graph) -> None:
    version = (await lay_out(graph, laid_out("company")))["version"]
    await lay_out(graph, laid_out("company", "email"))

    stale = {"layout": laid_out("company"), "expectedVersion": version}
    assert (await refused(graph, "changeLeadForm", stale))["code"] == "CONFLICT"
    seller = employee("lead:read", "lead:update")
    assert (await refused(graph, "changeLeadForm", {"layout": None}, by=seller))["code"] == "FORBIDDEN"
