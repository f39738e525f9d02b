"""Every list can be asked with a condition, and no condition can feel its way to a secret."""

import importlib
import re
from pathlib import Path

from graphql import GraphQLArgument, GraphQLInterfaceType, GraphQLObjectType, build_schema

from chassis.conditions.fields import field
from chassis.listing import Listing

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


def test_no_condition_compares_a_secret() -> None:
    findings = [
        f"{listing.noun}.{name}: mark the column with info={{'secret': True}}"
        for listing in _listings()
        for name in listing.comparable
        if _SECRET.search(name) and field(listing.comparable, name)
    ]
    assert not findings, "\n".join(findings)


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
