"""Every list can be asked with a condition, and no condition can feel its way to a secret."""

import importlib
import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from chassis.conditions.fields import field
from chassis.exporting.naming import camel
from chassis.listing import Listing
from chassis.searching.keeping import searched

ROOT = Path(__file__).parents[2]
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


@pytest.mark.feature("F78")
def test_every_list_of_a_main_object_takes_words_to_search_for() -> None:
    schema = build_schema((ROOT / "gateway/schema.graphql").read_text()).type_map
    main = {name for name, type in schema.items() if "customFields" in getattr(type, "fields", ())}
    pages = {f"{name}Connection" for name in main}
    lists = {
        f"{type.name}.{name}": found.args
        for type in schema.values()
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType)
        for name, found in type.fields.items()
        if get_named_type(found.type).name in pages
    }
    assert len(lists) > 30
    lacking = [name for name, args in lists.items() if "search" not in args or not args["search"].description]
    assert not lacking, f"{', '.join(lacking)}: add `search: Search = None` and pass it to the Page"


@pytest.mark.feature("F108")
def test_what_a_record_is_found_by_can_be_kept_from_a_reader() -> None:
    graph = build_schema((ROOT / "gateway/schema.graphql").read_text()).type_map
    found = [(listing, name) for listing in _listings() for name in searched(listing.table)]
    assert len({listing.table.name for listing, _ in found}) > 15
    findings = [
        f"{listing.table.name}.{name}: no field of the graph says it, so no role can hide it from a search"
        for listing, name in found
        if camel(name) not in getattr(graph[_type(listing)], "fields", ())
        and not any(name in columns for _, columns in listing.parts)
    ]
    assert not findings, "\n".join(findings)


def test_no_condition_compares_a_secret() -> None:
    findings = [
        f"{listing.noun}.{name}: mark the column with info={{'secret': True}}"
        for listing in _listings()
        for name in listing.comparable
        if _SECRET.search(name) and field(listing.comparable, name)
    ]
    assert not findings, "\n".join(findings)


def test_files_bring_in_every_main_object() -> None:
    schema = build_schema((ROOT / "gateway/schema.graphql").read_text())
    assert schema.mutation_type
    roots = schema.mutation_type.fields
    main = {name for name, type in schema.type_map.items() if "customFields" in getattr(type, "fields", ())}
    assert len(main) > 15
    lacking = [
        name for name in sorted(main) if not {f"start{name}Import", f"undo{name}Import"} <= roots.keys()
    ]
    assert not lacking, f"{', '.join(lacking)}: declare an Importable and list it in the service's imports.py"


def _takes_condition(args: dict[str, GraphQLArgument]) -> bool:
    return "where" in args and str(args["where"].type) == "Condition" and bool(args["where"].description)


def _type(listing: Listing) -> str:
    return "".join(word.title() for word in listing.table.name.split("_"))


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
