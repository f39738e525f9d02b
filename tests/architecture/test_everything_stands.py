"""Every record of the graph has a policy, a history, an export, and custom fields where it is a main object.

Records are the types of the composed graph with an id. One that lacks something fails unless a table says
why it may, and so does a reason that nothing needs any more.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema, get_named_type

from chassis.exporting.naming import camel
from chassis.graphql.policy import Granted, Public, SignedIn
from tests.access.api import RENAMED, SERVICES, aggregates, policies, service, shown

pytestmark = pytest.mark.feature("F78", "F108", "F109")

SCHEMA = build_schema((Path(__file__).parents[2] / "gateway/schema.graphql").read_text())
assert SCHEMA.query_type
assert SCHEMA.mutation_type
QUERIES, MUTATIONS = SCHEMA.query_type.fields, SCHEMA.mutation_type.fields
POLICIES = [(field, policy) for _, field, policy in policies()]
LISTINGS = {each.name: each.listing for each in shown()}
EXPORTED = {each.listing.table for name in SERVICES for each in service(name).exportables}

NO_RECORDS = {
    "ChangeEntry": "is the history",
    "DuplicateContact": "is a finding about two records, which have it all; merging them is recorded there",
    "DuplicateCustomer": "is a finding about two records, which have it all; merging them is recorded there",
    "DuplicateSearch": "is work in progress",
    "EndSessionPayload": "is an answer",
    "FieldDefinition": "is what custom fields are; shown to whoever reads the object it belongs to",
    "FileImport": "is work in progress, shown to whoever may import; the rows it brings have it all",
    "ImportedRow": "is an answer",
    "LeftRow": "is an answer",
    "Merge": "is what happened to two records, whose histories tell of it",
    "Session": "is shown to whom it belongs; beginning and end are recorded",
}
_SETUP = "is how the suite is set up, not what a company works with"
_PART = "belongs to another record, whose custom fields serve it"
_FACT = "is what happened, as another record or system said"
_LACKING: dict[str, dict[str, tuple[str, ...]]] = {
    "custom fields": {
        _SETUP: (
            "ApiKey", "AssignmentRule", "IntakeForm", "PipelineStage", "Role", "ServiceAccount", "Team",
            "WorkingCalendar",
        ),
        _PART: ("Absence", "CampaignCost", "CreditLimit", "Milestone"),
        _FACT: ("Receipt", "Survey", "TimelineEntry", "Touchpoint"),
    },
    "export": {"is a handful, shown whole by the query `roles`": ("Role",)},
    "history": {"is never changed: it is a history itself": ("TimelineEntry",)},
    "policy": {"is shown to everybody who is signed in, and changed by `role:update`": ("Role",)},
}  # fmt: skip
LACKING = {(name, what) for what, why in _LACKING.items() for names in why.values() for name in names}
# of aggregates that the graph shows only as parts of another record, whose history tells of them
INSIDE_ANOTHER = {"ReceivableReversal", "FieldSchema"}


def _type(name: str) -> GraphQLObjectType:
    found = SCHEMA.type_map.get(name)
    assert isinstance(found, GraphQLObjectType), f"The graph has no type {name}"
    return found


def _records() -> list[str]:
    types = (type for type in SCHEMA.type_map.values() if isinstance(type, GraphQLObjectType))
    return sorted(type.name for type in types if "id" in type.fields and type.name not in NO_RECORDS)


def _stands_on(name: str) -> Iterator[str]:
    """Yield what of the capabilities a record has."""
    type, listing = _type(name), LISTINGS.get(name)
    if "history" in type.fields:
        yield "history"
    if "customFields" in type.fields:
        yield "custom fields"
    if listing and listing.table in EXPORTED:
        yield "export"
    granted = {policy.noun for _, policy in POLICIES if isinstance(policy, Granted)}
    if listing and listing.noun in granted:
        yield "policy"


@pytest.mark.parametrize("name", _records())
def test_a_record_has_a_policy_a_history_an_export_and_custom_fields(name: str) -> None:
    lacking = {"policy", "history", "export", "custom fields"} - set(_stands_on(name))
    meant = {what for record, what in LACKING if record == name}
    assert lacking <= meant, f"{name} lacks {lacking - meant}; or say in _LACKING why it may"
    assert meant <= lacking, f"{name} has {meant - lacking}; take it out of _LACKING"


def test_every_aggregate_is_a_record_of_the_graph() -> None:
    names = {RENAMED.get(kind.__name__, kind.__name__) for kind in aggregates()}
    assert names - set(_records()) == INSIDE_ANOTHER & names
    assert {name for name, _ in LACKING} | set(NO_RECORDS) <= SCHEMA.type_map.keys()


def test_every_root_field_has_one_policy() -> None:
    names = {name for name, _ in POLICIES}
    assert {type(policy) for _, policy in POLICIES} == {Granted, SignedIn, Public}
    subscriptions = SCHEMA.subscription_type.fields.keys() if SCHEMA.subscription_type else set()
    assert names == QUERIES.keys() | MUTATIONS.keys() | subscriptions


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_searches_its_audit(name: str) -> None:
    assert f"{camel(name)}Audit" in QUERIES


def _main() -> list[str]:
    return [name for name in _records() if "customFields" in _type(name).fields]


@pytest.mark.parametrize("name", _main())
def test_a_main_object_is_given_fields_and_a_form_and_is_listed_by_them(name: str) -> None:
    small = name[0].lower() + name[1:]
    changes = {
        f"define{name}Field", f"change{name}Field", f"retire{name}Field",
        f"change{name}Form", f"set{name}CustomFields",
    }  # fmt: skip
    assert {f"{small}Fields", f"{small}Form"} <= QUERIES.keys()
    assert changes <= MUTATIONS.keys()
    for field in QUERIES.values():
        if str(get_named_type(field.type)) == f"{name}Connection" and "filter" in field.args:
            assert {"where", "sortBy"} <= field.args.keys()


def test_what_makes_a_main_object_takes_values_of_custom_fields() -> None:
    made = defaultdict(set)
    nouns = {LISTINGS[name].noun for name in _main()}
    for field, policy in POLICIES:
        creates = isinstance(policy, Granted) and policy.action == "create" and policy.noun in nouns
        if creates or field == "addTask":  # which is granted as a change of the project
            input = get_named_type(MUTATIONS[field].args["input"].type)
            assert isinstance(input, GraphQLInputObjectType)
            made["custom" in input.fields].add(field)
    assert not made[False]
    assert len(made[True]) > 10
