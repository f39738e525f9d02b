"""Fields that nobody enters: numbers in sequence, formulas, and what related records amount to."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chassis.fields.definition import Definition, Json
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse

RESULTS = ("number", "text", "boolean")
FUNCTIONS = ("count", "sum", "average", "min", "max")
ROLLED_UP = ("number", "date", "datetime")


class Computed(FieldType):
    """A value that the suite finds."""

    computed = True

    def validate(self, value: Json, definition: Definition) -> Json:
        """Refuse whatever is entered."""
        refuse("This value is computed; leave it out")


class AutoNumber(Computed):
    """A number in sequence, given once."""

    name = "auto_number"
    description = "A number in sequence that every new record is given, like KH-000123."
    searched = True
    settings: ClassVar[Mapping[str, Setting]] = {
        "prefix": Setting("What stands before the number", lambda value: settings.text(value, 20)),
        "digits": settings.count(1, 12, "Digits, filled with zeros; 6 if not said"),
        "start": settings.count(0, 10**9, "The first number, 1 if not said"),
    }

    def written(self, number: int, definition: Definition) -> str:
        """Return the number as it is stored and shown."""
        digits = definition.settings.get("digits", 6)
        return f"{definition.settings.get('prefix', '')}{number:0{digits}}"


class Formula(Computed):
    """A value computed from the other fields of the record."""

    name = "formula"
    description = "A value computed from other fields of the same record, by an expression in CEL."
    settings: ClassVar[Mapping[str, Setting]] = {
        "expression": Setting(
            "The expression, for example custom.price * custom.pieces",
            lambda value: settings.text(value, 1000),
            required=True,
        ),
        "result": Setting(
            "number, text or boolean; number if not said", lambda value: settings.one_of(value, RESULTS)
        ),
    }

    def compared(self, definition: Definition) -> Compared:
        """Return what the expression gives."""
        kinds: Mapping[str, Compared] = {"number": "number", "text": "text", "boolean": "boolean"}
        return kinds[definition.settings.get("result", "number")]


def _condition(value: Json) -> Json:
    if not isinstance(value, dict):
        refuse("A condition is an object with rules")
    return value


class RollUp(Computed):
    """What the records that point to this one amount to."""

    name = "roll_up"
    description = "Count, sum, average, least or largest of records of the same service that point to this."
    stored = False
    settings: ClassVar[Mapping[str, Setting]] = {
        "object": Setting(
            "The records that are looked at, for example contact",
            lambda value: settings.text(value, 63),
            required=True,
        ),
        "function": Setting(
            ", ".join(FUNCTIONS), lambda value: settings.one_of(value, FUNCTIONS), required=True
        ),
        "field": Setting(
            "Their field, for example amount or custom.budget; none to count them",
            lambda value: settings.text(value, 60),
        ),
        "by": Setting(
            "Their column with the id of this record, like customer_id, if it is not named so",
            lambda value: settings.text(value, 63),
        ),
        "where": Setting("Condition on those that count", _condition),
        "result": Setting(
            "number, date or datetime; number if not said", lambda value: settings.one_of(value, ROLLED_UP)
        ),
    }

    def check_together(self, settings: Mapping[str, Any]) -> None:
        """Raise Invalid unless there is a field, except for a count."""
        if (settings.get("function") == "count") == ("field" in settings):
            refuse("A count has no field, and everything else has one", "field")

    def compared(self, definition: Definition) -> Compared:
        """Return what the function gives."""
        kinds: Mapping[str, Compared] = {"number": "number", "date": "date", "datetime": "datetime"}
        return kinds[definition.settings.get("result", "number")]


TYPES = (AutoNumber(), Formula(), RollUp())
