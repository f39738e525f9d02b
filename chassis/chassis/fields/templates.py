"""Sets of fields that are known to be of use, to be added to an object at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.fields.definition import Definition


@dataclass(frozen=True, slots=True)
class Added:
    """A field that a template adds."""

    key: str
    type: str
    label_zh: str
    label_en: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """Fields that belong together; they stand under the template's name on the form."""

    label_zh: str
    label_en: str
    fields: tuple[Added, ...]

    def definitions(self) -> list[Definition]:
        """Return the fields in the words of definitions, none of them defined yet."""
        return [
            Definition(
                id=UUID(int=0),
                object="",
                key=each.key,
                type=each.type,
                label_zh=each.label_zh,
                label_en=each.label_en,
                settings=each.settings,
                group=f"{self.label_zh} {self.label_en}",
                position=place,
                version=0,
            )
            for place, each in enumerate(self.fields)
        ]
