"""Typed filter inputs; each becomes a condition, like everything that selects records."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry

from chassis.conditions.tree import Group, Operator, Rule, parse
from chassis.errors import Invalid
from chassis.fields.ordering import SortBy as SortBy
from chassis.fields.ordering import ordered as ordered
from chassis.graphql.values import Condition
from chassis.listing import Listing

T = TypeVar("T")
MAX_DEPTH = 5

_OPERATORS: dict[str, Operator] = {
    "eq": "eq",
    "ne": "ne",
    "in_": "in",
    "contains": "contains",
    "starts_with": "startsWith",
    "lt": "lt",
    "lte": "lte",
    "gt": "gt",
    "gte": "gte",
}


def _in() -> Any:
    return strawberry.field(default=None, name="in", description="Equal to one of these.")


@strawberry.input(description="Compares a text; case does not matter for `contains` and `startsWith`.")
class TextFilter:
    eq: str | None = strawberry.field(default=None, description="Equal to.")
    ne: str | None = strawberry.field(default=None, description="Not equal to, or empty.")
    in_: list[str] | None = _in()
    contains: str | None = strawberry.field(default=None, description="Contains this text.")
    starts_with: str | None = strawberry.field(default=None, description="Begins with this text.")
    is_empty: bool | None = strawberry.field(default=None, description="Has no value, or has one.")


@strawberry.input(description="Compares an id.")
class IdFilter:
    eq: UUID | None = strawberry.field(default=None, description="Equal to.")
    in_: list[UUID] | None = _in()
    is_empty: bool | None = strawberry.field(default=None, description="Has no value, or has one.")


@strawberry.input(description="Compares a list of texts.")
class TagsFilter:
    contains: str | None = strawberry.field(default=None, description="Has this element.")


@strawberry.input(description="Compares yes or no.")
class BooleanFilter:
    eq: bool | None = strawberry.field(default=None, description="Equal to.")


@strawberry.input(description="Compares an exact number.")
class DecimalFilter:
    eq: Decimal | None = strawberry.field(default=None, description="Equal to.")
    lt: Decimal | None = strawberry.field(default=None, description="Below.")
    lte: Decimal | None = strawberry.field(default=None, description="At most.")
    gt: Decimal | None = strawberry.field(default=None, description="Above.")
    gte: Decimal | None = strawberry.field(default=None, description="At least.")
    is_empty: bool | None = strawberry.field(default=None, description="Has no value, or has one.")


@strawberry.input(description="Compares a calendar day.")
class DateFilter:
    eq: date | None = strawberry.field(default=None, description="On this day.")
    lt: date | None = strawberry.field(default=None, description="Before this day.")
    lte: date | None = strawberry.field(default=None, description="On this day or before.")
    gt: date | None = strawberry.field(default=None, description="After this day.")
    gte: date | None = strawberry.field(default=None, description="On this day or after.")
    is_empty: bool | None = strawberry.field(default=None, description="Has no value, or has one.")


@strawberry.input(description="Compares an instant.")
class DateTimeFilter:
    lt: datetime | None = strawberry.field(default=None, description="Before.")
    lte: datetime | None = strawberry.field(default=None, description="At or before.")
    gt: datetime | None = strawberry.field(default=None, description="After.")
    gte: datetime | None = strawberry.field(default=None, description="At or after.")
    is_empty: bool | None = strawberry.field(default=None, description="Has no value, or has one.")


@strawberry.input(name="Filter", description="Compares a choice.")
class ChoiceFilter(Generic[T]):
    eq: T | None = strawberry.field(default=None, description="Equal to.")
    ne: T | None = strawberry.field(default=None, description="Not equal to, or empty.")
    in_: list[T] | None = _in()


Where = Annotated[
    Condition | None,
    strawberry.argument(
        description="A condition over any of the list's fields; beside `filter`, both must hold."
    ),
]


def condition(filter: Any, where: Condition | None, listing: Listing, *path: str) -> Group | None:
    """Return the condition that a list's arguments say, or None when neither was given.

    Raises Invalid, with the path from where both stand, for what cannot be compared.
    """
    typed = None if filter is None else _group(filter, depth=0)
    if where is None:
        return typed
    written = parse(where, fields=listing.comparable, path=(*path, "where"))
    return written if typed is None else Group("and", (typed, written))


def _group(given: Any, depth: int) -> Group:
    """A filter input is a class whose fields are the filters above, named like the listing's fields.

    It may have `and_`, `or_` (lists of the same class) and `not_` (one of it).
    """
    if depth > MAX_DEPTH:
        raise Invalid(f"A filter nests at most {MAX_DEPTH} levels", path=("filter",))
    nodes: list[Rule | Group] = []
    for field in fields(given):
        value = getattr(given, field.name)
        if value is None:
            continue
        if field.name in ("and_", "or_"):
            parts = tuple(_group(part, depth + 1) for part in value)
            nodes.append(Group("and" if field.name == "and_" else "or", parts))
        elif field.name == "not_":
            nodes.append(Group("and", (_group(value, depth + 1),), negated=True))
        else:
            nodes.extend(_rules(field.name, value))
    return Group("and", tuple(nodes))


def _rules(name: str, compared: Any) -> list[Rule]:
    rules = [
        Rule(name, operator, value)
        for attribute, operator in _OPERATORS.items()
        if (value := getattr(compared, attribute, None)) is not None
    ]
    empty = getattr(compared, "is_empty", None)
    if empty is not None:
        rules.append(Rule(name, "isEmpty" if empty else "isNotEmpty"))
    return rules
