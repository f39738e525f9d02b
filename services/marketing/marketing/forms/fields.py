"""What a form asks, and which answers it takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.errors import Invalid, LimitExceeded
from chassis.fields.definition import Definition
from chassis.fields.types import TYPES

MOST_FIELDS = 50
LONGEST_TEXT = 2000
LONGEST_NAME = 50
# Answers to fields of these names become columns of the prospect, so they must fit.
PROSPECT_FIELDS: Mapping[str, int] = {
    "company": 200,
    "contact_name": 200,
    "email": 200,  # stands in for a company that is not named
    "phone": 50,
    "region": 100,
    "industry": 200,
    "product_interest": 200,
    "message": LONGEST_TEXT,
}
_CUSTOM = {"text": "long_text", "choice": "single_select", "number": "decimal"}
_NOT_DEFINED = UUID(int=0)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class FormFieldType(StrEnum):
    """What a field takes."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    URL = "url"

    @property
    def custom(self) -> str:
        """The type of custom fields that takes the same."""
        return _CUSTOM.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of a form."""

    name: str
    label_zh: str
    label_en: str
    type: FormFieldType
    required: bool = False
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Return the field that was stored as JSON."""
        return cls(**{**stored, "type": FormFieldType(stored["type"]), "choices": tuple(stored["choices"])})

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {**asdict(self), "choices": list(self.choices)}

    def taken(self, value: str, path: Sequence[str | int]) -> str:
        """Return the answer as it is kept; raise Invalid when this field does not take it."""
        longest = PROSPECT_FIELDS.get(self.name, LONGEST_TEXT)
        if len(value) > longest:
            raise Invalid(f"{self.name} has at most {longest} characters", path=path, field=self.name)
        try:
            return str(TYPES[self.type.custom].parse(value, self._definition()))
        except Invalid as error:
            raise Invalid(f"{self.name}: {error.message}", path=path, field=self.name) from None

    def _definition(self) -> Definition:
        """Return the question in the words of custom fields, whose types know what they take."""
        settings = {"options": [{"value": each} for each in self.choices]} if self.choices else {}
        return Definition(
            id=_NOT_DEFINED,
            object="intake_form",
            key=self.name,
            type=self.type.custom,
            label_zh=self.label_zh,
            label_en=self.label_en,
            settings=settings,
        )


def check_fields(fields: Sequence[FormField]) -> None:
    """Raise Invalid unless a form can be made of these fields."""
    if not 1 <= len(fields) <= MOST_FIELDS:
        raise Invalid(f"A form has 1 to {MOST_FIELDS} fields", path=("input", "fields"))
    names: set[str] = set()
    for index, field in enumerate(fields):
        if complaint := _complaint(field, names):
            raise Invalid(complaint, path=("input", "fields", index))
        names.add(field.name)
    if names.isdisjoint(("email", "phone")):
        raise Invalid(
            "A form needs a field named email or phone, or nobody could be reached", path=("input", "fields")
        )


def _complaint(field: FormField, taken: set[str]) -> str | None:
    if not _NAME.fullmatch(field.name) or len(field.name) > LONGEST_NAME:
        return f"{field.name!r} is no field name; write it like product_interest"
    if field.name in taken:
        return f"Two fields are named {field.name}"
    if field.name in ("email", "phone") and field.type.value != field.name:
        return f"The field {field.name} must be of the type {field.name}"
    if not field.label_zh.strip() or not field.label_en.strip():
        return f"The field {field.name} needs a Chinese and an English label"
    if (field.type is FormFieldType.CHOICE) != bool(field.choices):
        return "A choice, and only a choice, has choices"
    return None


def check_answers(fields: Sequence[FormField], given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the answers by field as they are kept, blank ones left out.

    Raises Invalid with the path of an answer that its field does not take.
    """
    if len(given) > MOST_FIELDS:
        raise LimitExceeded(f"A form takes at most {MOST_FIELDS} answers", path=("input", "answers"))
    known = {field.name: field for field in fields}
    answers: dict[str, str] = {}
    for index, (name, value) in enumerate(given):
        if name not in known:
            raise Invalid(
                f"This form has no field {name[:LONGEST_NAME]!r}", path=("input", "answers", index, "name")
            )
        if name in answers:
            raise Invalid(f"{name} is answered twice", path=("input", "answers", index, "name"), field=name)
        if clean := value.strip():
            answers[name] = known[name].taken(clean, ("input", "answers", index, "value"))
    for field in fields:
        if field.required and field.name not in answers:
            raise Invalid(f"{field.name} must be answered", path=("input", "answers"), field=field.name)
    if answers.keys().isdisjoint(("email", "phone")):
        raise Invalid("Leave an e-mail address or a phone number", path=("input", "answers"))
    return answers
