"""Forms as JSON: sections of columns of fields, some shown only when a condition holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from chassis.errors import Invalid
from chassis.fields.comparing import PREFIX, condition
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema

VERSION = 1
MOST_SECTIONS = 50
MOST_COLUMNS = 4
BASICS = ("基本信息", "Basics")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """A field that every installation has: the name in the input that creates the object, and its labels.

    What the suite fills in itself is `read_only` and named as in the object's type.
    """

    key: str
    type: str
    label_zh: str
    label_en: str
    required: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    section: tuple[str, str] = BASICS
    read_only: bool = False


def choices(**labels: tuple[str, str]) -> Mapping[str, Any]:
    """Return the settings of a single_select: its values, each with its Chinese and English label."""
    return {"options": [{"value": value, "zh": zh, "en": en} for value, (zh, en) in labels.items()]}


def built_in(standard: Sequence[Standard], schema: Schema) -> Json:
    """Return the form that is there without any configuration: all fields, the company's by their groups."""
    sections: dict[tuple[str, str], list[str]] = {}
    for each in standard:
        sections.setdefault(each.section, []).append(each.key)
    for known in schema.fields.values():
        title = (known.group, known.group) if known.group else ("更多信息", "More")
        sections.setdefault(title, []).append(PREFIX + known.key)
    return {"version": VERSION, "sections": [_section(*title, names) for title, names in sections.items()]}


def _section(zh: str, en: str, names: Sequence[str]) -> Json:
    return {"title": {"zh": zh, "en": en}, "columns": 2, "fields": [{"field": name} for name in names]}


def shown(layout: Json, standard: Sequence[Standard], schema: Schema) -> Json:
    """Return the form to fill in: as it was laid out, without what was retired, with what became required."""
    if layout is None:
        return built_in(standard, schema)
    own = {PREFIX + key for key in schema.fields} | {each.key for each in standard}
    sections = [
        {**section, "fields": [each for each in section["fields"] if each["field"] in own]}
        for section in layout["sections"]
    ]
    there = {each["field"] for section in sections for each in section["fields"]}
    late = [name for name in _required(standard, schema) if name not in there]
    return {
        "version": VERSION,
        "sections": [*sections, *([_section("必填", "Required", late)] if late else [])],
    }


def _required(standard: Sequence[Standard], schema: Schema) -> Iterator[str]:
    yield from (each.key for each in standard if each.required)
    for known in schema.fields.values():
        if known.default is None and (known.required or known.required_when):
            yield PREFIX + known.key


def check(layout: Any, standard: Sequence[Standard], schema: Schema, table: Table) -> Json:
    """Return the layout as it is kept; raise Invalid with the path of what cannot be shown.

    Every field is there once at most, and every required one is there.
    """
    if not isinstance(layout, dict) or not layout.keys() <= {"version", "sections"}:
        raise Invalid("A form is an object with sections", path=("input", "layout"))
    if layout.get("version", VERSION) != VERSION:
        raise Invalid(f"Form version {layout['version']} is not known", path=("input", "layout", "version"))
    sections = layout.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= MOST_SECTIONS:
        raise Invalid(f"A form has 1 to {MOST_SECTIONS} sections", path=("input", "layout", "sections"))
    checker = _Checker(standard, schema, table)
    kept = [
        checker.section(each, ("input", "layout", "sections", place)) for place, each in enumerate(sections)
    ]
    if missing := [name for name in _required(standard, schema) if name not in checker.seen]:
        raise Invalid(
            f"The form lacks {', '.join(missing)}, which must be given",
            path=("input", "layout", "sections"),
            missing=missing,
        )
    return {"version": VERSION, "sections": kept}


class _Checker:
    def __init__(self, standard: Sequence[Standard], schema: Schema, table: Table) -> None:
        self._names = {each.key for each in standard} | {PREFIX + key for key in schema.fields}
        self._table, self._fields = table, schema.fields
        self.seen: set[str] = set()

    def section(self, given: Any, path: Path) -> Json:
        if not isinstance(given, dict) or not given.keys() <= {"title", "columns", "fields", "visibleWhen"}:
            raise Invalid("A section has title, columns, fields and visibleWhen", path=path)
        title, columns, fields = given.get("title"), given.get("columns", 1), given.get("fields")
        if not isinstance(title, dict) or not _is_label(title.get("zh")) or not _is_label(title.get("en")):
            raise Invalid("A section's title has zh and en", path=(*path, "title"))
        if isinstance(columns, bool) or not isinstance(columns, int) or not 1 <= columns <= MOST_COLUMNS:
            raise Invalid(f"A section has 1 to {MOST_COLUMNS} columns", path=(*path, "columns"))
        if not isinstance(fields, list):
            raise Invalid("A section has a list of fields", path=(*path, "fields"))
        kept: dict[str, Json] = {
            "title": {"zh": title["zh"], "en": title["en"]},
            "columns": columns,
            "fields": [
                self._field(each, columns, (*path, "fields", place)) for place, each in enumerate(fields)
            ],
        }
        if given.get("visibleWhen") is not None:
            kept["visibleWhen"] = self._condition(given["visibleWhen"], (*path, "visibleWhen"))
        return kept

    def _field(self, given: Any, columns: int, path: Path) -> Json:
        entry = {"field": given} if isinstance(given, str) else given
        if not isinstance(entry, dict) or not entry.keys() <= {"field", "width"}:
            raise Invalid("A field of a form has field and width", path=path)
        name, width = entry.get("field"), entry.get("width", 1)
        if name not in self._names:
            raise Invalid(f"{str(name)[:60]!r} is no field of this object", path=(*path, "field"))
        if name in self.seen:
            raise Invalid(f"{name} is on the form twice", path=(*path, "field"))
        if isinstance(width, bool) or not isinstance(width, int) or not 1 <= width <= columns:
            raise Invalid(f"A field is 1 to {columns} columns wide here", path=(*path, "width"))
        self.seen.add(str(name))
        return {"field": name} | ({"width": width} if width > 1 else {})

    def _condition(self, given: Any, path: Path) -> Json:
        if not isinstance(given, dict):
            raise Invalid("A condition is an object with rules", path=path)
        try:
            return condition(self._table, self._fields, given)
        except Invalid as error:
            raise Invalid(error.message, path=(*path, *error.path)) from None


def _is_label(text: Any) -> bool:
    return isinstance(text, str) and 1 <= len(text.strip()) <= 100


def definition_of(standard: Standard, place: int) -> Definition:
    """Return a standard field in the words of a definition."""
    return Definition(
        id=UUID(int=0),
        object="",
        key=standard.key,
        type=standard.type,
        label_zh=standard.label_zh,
        label_en=standard.label_en,
        required=standard.required,
        settings=standard.settings,
        position=place,
        version=0,
    )
