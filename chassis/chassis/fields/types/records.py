"""Fields that point to something: people, teams, other records, files."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from chassis.fields.definition import Definition, Json
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse

FILE = "file"  # the kind of object that attachments point to
FILL = "fill"
MOST_FILLED = 50


def _id(value: Json) -> str:
    try:
        return str(UUID(settings.text(value, 36)))
    except ValueError:
        refuse(f"{value!r} is no id; ids look like 0199a1b2-…")


def _fill(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= MOST_FILLED:
        refuse(f"This names 1 to {MOST_FILLED} fields of this object, and for each what it gets")
    return {settings.text(key, 63): settings.text(name, 63) for key, name in value.items()}


class Reference(FieldType):
    """Another record, of this service or one that it hears of."""

    name = "reference"
    description = "Another record, by its id; it must be known here."
    compares: ClassVar[Compared] = "id"
    settings: ClassVar[Mapping[str, Setting]] = {
        "object": Setting(
            "Kind of record, for example customer", lambda value: settings.text(value, 63), required=True
        ),
        FILL: Setting(
            'Fields that get values of the record when it is chosen, for example {"site": "custom.site"}',
            _fill,
        ),
    }

    def kind(self, definition: Definition) -> str:
        """Return the kind of object that is pointed to."""
        return str(definition.settings["object"])

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the id as it is written everywhere."""
        return _id(value)

    def references(self, value: Json, definition: Definition) -> Sequence[tuple[str, UUID]]:
        """Return the record that is meant."""
        return [(self.kind(definition), UUID(value))]


class Employee_(Reference):
    """Somebody who works here."""

    name = "employee"
    description = "Somebody who works here, by id."
    settings: ClassVar[Mapping[str, Setting]] = {}

    def kind(self, definition: Definition) -> str:
        """Return what identity calls them."""
        return "employee"


class Team_(Employee_):
    """A team."""

    name = "team"
    description = "A team, by id."

    def kind(self, definition: Definition) -> str:
        """Return what identity calls them."""
        return "team"


class Attachments(FieldType):
    """Files, by the ids that their upload answered."""

    name = "attachment"
    description = "Files: a list of the ids that uploads answered."
    compares: ClassVar[Compared] = "list"
    most: ClassVar[int] = 20
    settings: ClassVar[Mapping[str, Setting]] = {
        "max_count": settings.count(1, 20, "Most files"),
        "media_types": settings.names("Which files, for example application/pdf or image/"),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the ids without repetition."""
        most = min(definition.settings.get("max_count", self.most), self.most)
        if not isinstance(value, list) or len(value) > most:
            refuse(f"This is a list of at most {most} files")
        return list(dict.fromkeys(_id(each) for each in value))

    def parse(self, text: str, definition: Definition) -> Json:
        """Read ids between commas."""
        return self.validate([each.strip() for each in text.split(",") if each.strip()], definition)

    def display(self, value: Json, definition: Definition, language: Any) -> str:
        """Join the ids."""
        return ", ".join(value)

    def references(self, value: Json, definition: Definition) -> Sequence[tuple[str, UUID]]:
        """Return the files that are meant."""
        return [(FILE, UUID(each)) for each in value]


class Image(FieldType):
    """One picture."""

    name = "image"
    description = "A picture: the id that its upload answered."
    compares: ClassVar[Compared] = "id"

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the file's id."""
        return _id(value)

    def references(self, value: Json, definition: Definition) -> Sequence[tuple[str, UUID]]:
        """Return the file that is meant."""
        return [(FILE, UUID(value))]


class Signature(Image):
    """A picture of somebody's hand."""

    name = "signature"
    description = "A signature drawn by hand: the id that the upload of its picture answered."


TYPES = (Reference(), Employee_(), Team_(), Attachments(), Image(), Signature())
