"""Every list can be asked with a condition, and no condition can feel its way to a secret."""

import importlib
import re
from pathlib import Path

from graphql import GraphQLArgument, GraphQLInterfaceType, GraphQLObjectType, build_schema

from chassis.conditions.fields import field
from chassis.listing import Listing

ROOT = Path(__file__).parents[2]
_MADE_BY_EVENTS = {
    "Project": "opened by the signature of its contract, from the template",
    "Receivable": "scheduled by the signature of its contract; the books take no others",
}
_SECRET = re.compile(r"hash|secret|password|token|salt|private")


def test_every_list_takes_a_condition_beside_its_filter() -> None:
    lists = {
        f"{type.name}.{name}": found.args
        for type in build_schema((ROOT / "gateway/schema.graphql").read_text()).type_map.values()
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType)
        for name, found in type.fields.items()
        if "filter" in found.args
    }
    assert len(lists) > 20
    lacking = [name for name, args in lists.items() if not _takes_condition(args)]
    assert not lacking, f"{', '.join(lacking)}: add `where: Where = None` and pass it to filters.condition"


def test_no_condition_compares_a_secret() -> None:
    findings = [
        f"{listing.noun}.{name}: mark the column with info={{'secret': True}}"
        for listing in _listings()
        for name in listing.comparable
        if _SECRET.search(name) and field(listing.comparable, name)
    ]
    assert not findings, "\n".join(findings)


def test_files_bring_in_every_object_that_people_make() -> None:
    schema = build_schema((ROOT / "gateway/schema.graphql").read_text())
    assert schema.mutation_type
    roots = schema.mutation_type.fields
    main = {name for name, type in schema.type_map.items() if "customFields" in getattr(type, "fields", ())}
    assert len(main) > 15
    lacking = [
        name
        for name in sorted(main - _MADE_BY_EVENTS.keys())
        if not {f"start{name}Import", f"undo{name}Import"} <= roots.keys()
    ]
    assert not lacking, f"{', '.join(lacking)}: declare an Importable and list it in the service's imports.py"
    made = [name for name in _MADE_BY_EVENTS if f"start{name}Import" in roots]
    assert not made, f"{', '.join(made)}: files bring them in; take them off the list of exceptions"


def _takes_condition(args: dict[str, GraphQLArgument]) -> bool:
    return "where" in args and str(args["where"].type) == "Condition" and bool(args["where"].description)


def _listings() -> list[Listing]:
    modules = [
        ".".join(path.with_suffix("").relative_to(ROOT / "services").parts[1:])
        for path in sorted((ROOT / "services").glob("*/*/*/queries.py"))
    ]
    found = [
        value
        for module in modules
        for value in vars(importlib.import_module(module)).values()
        if isinstance(value, Listing)
    ]
    assert len(found) > 20
    return found
