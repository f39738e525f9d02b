"""Scalars and value types that all subgraphs share."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType, Self
from uuid import UUID

import strawberry
from graphql import GraphQLError, GraphQLScalarType
from strawberry.types.scalar import ScalarDefinition

from chassis import money

MOST_DIGITS = 40  # a sum or product of two such numbers is still one that can be calculated with


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise GraphQLError(f"{value!r} is no id; ids look like 0199a1b2-…") from None


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("nan")
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise GraphQLError(f'{value!r} is no decimal number; write it as a text like "12.50"')
    if len(number.as_tuple().digits) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
        raise GraphQLError(f"{value!r} is out of range; a number has at most {MOST_DIGITS} digits")
    return number


def _datetime(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise GraphQLError(f"{value!r} is no instant; write it like 2026-03-01T09:00:00+08:00") from None
    if instant.tzinfo is None:
        raise GraphQLError(f"{value!r} lacks its offset; write it like 2026-03-01T09:00:00+08:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise GraphQLError(
            f"{value!r} is out of range; in UTC it is not within the years 1 to 9999"
        ) from None


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise GraphQLError(f"{value!r} is no date; write it like 2026-03-01") from None


Condition = NewType("Condition", dict[str, Any])


def _condition(value: Any) -> Any:
    if not isinstance(value, dict):
        raise GraphQLError(f'{value!r} is no condition; write it like {{"combinator": "and", "rules": []}}')
    return value


def fixed(number: Decimal) -> str:
    """Return the number without an exponent and without zeros at its end."""
    return f"{number.normalize():f}" if number else "0"


def _id() -> ScalarDefinition:
    """GraphQL's ID, read as UUID; the library refuses the reserved name at birth but not later."""
    scalar = GraphQLScalarType("UUID", serialize=str, parse_value=_uuid)
    scalar.name = "ID"
    return ScalarDefinition(
        name="ID",
        description=None,
        specified_by_url=None,
        serialize=str,
        parse_value=_uuid,
        parse_literal=None,
        implementation=scalar,
    )


SCALARS: dict[object, Any] = {
    UUID: _id(),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact number, written as text.",
        serialize=fixed,
        parse_value=_decimal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant with its offset (ISO 8601); answers are in UTC.",
        serialize=datetime.isoformat,
        parse_value=_datetime,
    ),
    date: strawberry.scalar(
        name="Date", description="A calendar day (ISO 8601).", serialize=date.isoformat, parse_value=_date
    ),
    Condition: strawberry.scalar(
        name="Condition",
        description="What selects records, as JSON: groups (combinator, rules, not) of rules "
        "(field, operator, value); docs/conditions.md tells all of them.",
        serialize=dict,
        parse_value=_condition,
    ),
}


@strawberry.federation.type(shareable=True, description="An amount in one currency.")
class Money:
    amount: Decimal = strawberry.field(description="Exact amount.")
    currency: str = strawberry.field(description="ISO 4217 code, e.g. CNY.")

    @classmethod
    def of(cls, amount: Decimal | None, currency: str | None) -> Self | None:
        """Return the amount, or None when either part is unknown."""
        return None if amount is None or currency is None else cls(amount=amount, currency=currency)


@strawberry.input(description="An amount in one currency.")
class MoneyInput:
    amount: Decimal = strawberry.field(description="Exact amount, at most four decimal places.")
    currency: str = strawberry.field(description="ISO 4217 code, e.g. CNY.")

    def value(self) -> money.Money:
        """Return the amount; raise Invalid when it is not storable."""
        return money.Money(self.amount, self.currency)
