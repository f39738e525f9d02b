"""Fields that nobody enters: numbers in sequence and formulas."""

from collections.abc import Mapping
from typing import ClassVar

from chassis.fields.definition import Definition, Json
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse

RESULTS = ("number", "text", "boolean")


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


TYPES = (AutoNumber(), Formula())
