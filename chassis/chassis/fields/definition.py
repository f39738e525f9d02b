"""What is known of one field that a company added."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from chassis.access import Principal

Language = Literal["zh", "en"]
Json = Any  # what JSON can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One field of one kind of object, as every process keeps it in memory."""

    id: UUID
    object: str
    key: str
    type: str
    label_zh: str
    label_en: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    unique: bool = False
    default: Json = None
    help: str = ""
    group: str = ""
    position: int = 0
    visible_when: Json = None
    required_when: Json = None
    roles: tuple[str, ...] = ()
    retired: bool = False
    version: int = 1

    def label(self, language: Language) -> str:
        """Return what people call the field."""
        return self.label_zh if language == "zh" else self.label_en

    def visible_to(self, principal: Principal) -> bool:
        """Tell whether this caller may know of the field and its values."""
        return not self.roles or principal.kind == "service" or not principal.roles.isdisjoint(self.roles)
