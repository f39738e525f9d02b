"""Every main object has a form from the start; those of the core have templates for trades."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    build_schema,
    get_named_type,
    is_list_type,
    is_required_input_field,
)

from chassis.fields.factory import CustomFields
from chassis.fields.forms import built_in
from chassis.fields.memory import Schema
from chassis.fields.serving import Records
from chassis.fields.types import TYPES
from tests.access.api import SERVICES, runtime_of, service

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema((ROOT / "gateway/schema.graphql").read_text())
MAIN_OBJECTS = (
    "Customer", "Contact", "Interaction", "Campaign", "Prospect", "Lead", "Opportunity", "Quote", "Contract",
    "Product", "Project", "Task", "Ticket", "Receivable", "Invoice", "Employee", "Todo",
)  # fmt: skip
CREATED_BY = {
    "Customer": "RegisterCustomerInput", "Contact": "AddContactInput", "Interaction": "LogInteractionInput",
    "Campaign": "LaunchCampaignInput", "Lead": "CreateLeadInput", "Opportunity": "OpenOpportunityInput",
    "Quote": "CreateQuoteInput", "Contract": "DraftContractInput", "Product": "CreateProductInput",
    "Task": "AddTaskInput", "Ticket": "OpenTicketInput", "Invoice": "ApplyForInvoiceInput",
    "Employee": "RegisterEmployeeInput", "Todo": "CreateTodoInput",
}  # fmt: skip
WITH_TEMPLATES = ("Customer", "Contact", "Lead", "Opportunity", "Contract", "Project", "Ticket")


def _objects() -> dict[str, CustomFields]:
    modules = [
        import_module(".".join(path.relative_to(ROOT / "services").parts[1:-1]) + ".fields")
        for path in (ROOT / "services").glob("*/*/*/fields.py")
    ]
    found = [each for module in modules for each in vars(module).values() if isinstance(each, CustomFields)]
    return {each.name: each for each in found}


OBJECTS = _objects()


def _of_graph(name: str, key: str, *, read_only: bool) -> Any:
    """The field that a standard field's key names: in the object's type, or in the input that makes it."""
    found: Any = None
    kind: Any = SCHEMA.type_map[name if read_only else CREATED_BY[name]]
    for part in key.split("."):
        found = kind.fields.get(part)
        kind = found and get_named_type(found.type)
    return found


@pytest.mark.feature("F79")
@pytest.mark.parametrize("name", MAIN_OBJECTS)
def test_a_main_object_has_a_form_from_the_start_that_is_enough_to_make_one(name: str) -> None:
    standard = OBJECTS[name].standard

    assert [each["title"]["zh"] for each in built_in(standard, Schema(name))["sections"]]
    for each in standard:
        asked = _of_graph(name, each.key, read_only=each.read_only)
        assert asked, f"{name} has no {each.key}"
        TYPES[each.type].check_settings({**each.settings})
        if isinstance(choice := get_named_type(asked.type), GraphQLEnumType):
            assert {option["value"] for option in each.settings["options"]} == set(choice.values), each.key
    if name in CREATED_BY:
        made: Any = SCHEMA.type_map[CREATED_BY[name]]
        needed = {key for key, asked in made.fields.items() if is_required_input_field(asked)}
        tables = {key for key in needed if is_list_type(getattr(made.fields[key].type, "of_type", None))}
        assert {each.key for each in standard if each.required} == needed - tables


@pytest.mark.feature("F79")
@pytest.mark.parametrize("name", WITH_TEMPLATES)
def test_an_object_of_the_core_has_templates_for_trades_to_choose_from(name: str) -> None:
    templates = OBJECTS[name].templates
    assert {"manufacturing", "it_services"} <= templates.keys()
    for template in templates.values():
        for each in template.definitions():
            TYPES[each.type].check_settings(dict(each.settings))
            assert each.label_zh
            assert each.label_en


@pytest.mark.feature("F76")
def test_whoever_is_asked_for_records_has_them_and_answers() -> None:
    asked = {
        (kind, owner)
        for name in SERVICES
        if (sources := service(name).sources)
        for kind, owner in sources.owners.items()
    }
    assert asked
    for kind, owner in asked:
        made = service(owner)
        answers = [each for _, each in made.rpc(runtime_of(made))] if made.rpc else []
        assert kind in made.metadata.tables
        assert any(isinstance(each, Records) for each in answers), f"{owner} serves no RecordService"
