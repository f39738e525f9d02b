"""Every main object takes fields of the company's own, all in the same way."""

from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema

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
LISTS = (
    "customers", "campaigns", "prospects", "leads", "opportunities", "quotes", "contracts", "products",
    "projects", "tickets", "receivables", "invoices", "employees", "todos",
)  # fmt: skip


@pytest.mark.feature("F78")
@pytest.mark.parametrize("name", MAIN_OBJECTS)
def test_a_main_object_shows_defines_and_takes_custom_fields(name: str) -> None:
    small = name[0].lower() + name[1:]
    shown = SCHEMA.type_map[name]
    assert isinstance(shown, GraphQLObjectType)
    assert SCHEMA.query_type
    assert SCHEMA.mutation_type
    assert "customFields" in shown.fields
    assert {f"{small}Fields", f"{small}Form"} <= SCHEMA.query_type.fields.keys()
    changes = {
        f"define{name}Field", f"change{name}Field", f"retire{name}Field",
        f"change{name}Form", f"set{name}CustomFields",
    }  # fmt: skip
    assert changes <= SCHEMA.mutation_type.fields.keys()


@pytest.mark.feature("F78")
@pytest.mark.parametrize("name", CREATED_BY.values())
def test_what_makes_a_main_object_takes_values_of_custom_fields(name: str) -> None:
    made = SCHEMA.type_map[name]
    assert isinstance(made, GraphQLInputObjectType)
    assert "custom" in made.fields


@pytest.mark.feature("F78")
@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_main_objects_is_filtered_and_sorted_by_custom_fields(name: str) -> None:
    assert SCHEMA.query_type
    assert {"where", "sortBy"} <= SCHEMA.query_type.fields[name].args.keys()
