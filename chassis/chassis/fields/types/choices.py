"""Choices: yes or no, one of several, some of several, a place in a tree."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Integer, String, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.cleaning.values import fold
from chassis.fields.definition import Definition, Json, Language
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse

SEPARATOR = "-"
_YES = frozenset(("true", "yes", "y", "1", "是", "有", "√", "✓"))
_NO = frozenset(("false", "no", "n", "0", "否", "无", "×"))


class YesNo(FieldType):
    """Yes or no."""

    name = "boolean"
    description = "Yes or no."
    compares: ClassVar[Compared] = "boolean"

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return true or false."""
        if not isinstance(value, bool):
            refuse(f"{str(value)[:50]!r} is neither true nor false")
        return value

    def parse(self, text: str, definition: Definition) -> Json:
        """Read yes or no in either language."""
        word = text.strip().lower()
        if word not in _YES | _NO:
            refuse(f"{text[:50]!r} is neither yes nor no (是/否)")
        return word in _YES

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Say it."""
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")


def _label(option: Mapping[str, Any], language: Language) -> str:
    return str(option.get(language) or option["value"])


def _value_of(text: str, options: Sequence[Mapping[str, Any]]) -> str:
    """Return the value of the option that is called so, in whatever language, case and width."""
    clean = text.strip()
    for same in (str, fold):  # two options may differ in case only
        for option in options:
            names = (option["value"], option.get("zh") or "", option.get("en") or "")
            if same(clean) in map(same, names):
                return str(option["value"])
    return clean


class SingleSelect(FieldType):
    """One of several; sorted as the options are."""

    name = "single_select"
    description = "One of several options."
    settings: ClassVar[Mapping[str, Setting]] = {"options": settings.options()}

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the option's value; raise Invalid for an unknown and for a retired one."""
        offered = [option["value"] for option in definition.settings["options"] if not option.get("retired")]
        return settings.one_of(value, offered)

    def parse(self, text: str, definition: Definition) -> Json:
        """Read an option's value or label."""
        return self.validate(_value_of(text, definition.settings["options"]), definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return the option's label, also of a retired one."""
        known = {option["value"]: option for option in definition.settings["options"]}
        return _label(known.get(value, {"value": value}), language)

    def order(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return the option's place."""
        values = [option["value"] for option in definition.settings["options"]]
        listed = literal(values, ARRAY(String))
        return func.array_position(listed, self.expression(custom, definition), type_=Integer())


class MultiSelect(SingleSelect):
    """Some of several."""

    name = "multi_select"
    description = "Any of several options."
    compares: ClassVar[Compared] = "list"
    settings: ClassVar[Mapping[str, Setting]] = {
        "options": settings.options(),
        "max_count": settings.count(1, 100, "Most options at once"),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the options' values without repetition."""
        most = definition.settings.get("max_count", 100)
        if not isinstance(value, list) or len(value) > most:
            refuse(f"This is a list of at most {most} options")
        return list(dict.fromkeys(super(MultiSelect, self).validate(each, definition) for each in value))

    def parse(self, text: str, definition: Definition) -> Json:
        """Read values or labels between commas or semicolons."""
        parts = [each for each in re.split(r"[,，;；、]", text) if each.strip()]
        return self.validate([_value_of(each, definition.settings["options"]) for each in parts], definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Join the labels."""
        one = super().display
        return ("、" if language == "zh" else ", ").join(one(each, definition, language) for each in value)


def paths(options: Sequence[Mapping[str, Any]], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every node of a tree of options with its path."""
    for option in options:
        path = f"{above}{SEPARATOR}{option['value']}" if above else str(option["value"])
        yield path, option
        yield from paths(option.get("children", ()), path)


class TreeSelect(FieldType):
    """A node of a tree, for example 制造业-汽车零配件."""

    name = "tree_select"
    description = "A place in a tree of options, written as its path with hyphens: 制造业-汽车零配件."
    compares: ClassVar[Compared] = "path"
    settings: ClassVar[Mapping[str, Setting]] = {
        "options": settings.options(levels=settings.MOST_LEVELS),
        "leaves_only": settings.flag("Only the last level can be chosen"),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the path; raise Invalid for an unknown or retired node, or one that is not the last."""
        given = settings.text(value, 500).strip()
        known = dict(paths(definition.settings["options"]))
        if given not in known or known[given].get("retired"):
            refuse(f"{given!r} is no path of this tree")
        if definition.settings.get("leaves_only") and known[given].get("children"):
            refuse(f"{given!r} has parts; choose one of them")
        return given

    def parse(self, text: str, definition: Definition) -> Json:
        """Read a path, of values or labels, with hyphens, slashes or angles between."""
        options: Sequence[Mapping[str, Any]] = definition.settings["options"]
        steps: list[str] = []
        for part in re.split(r"\s*[-/>＞]\s*", text.strip()):
            steps.append(_value_of(part, options))
            options = next((each.get("children", ()) for each in options if each["value"] == steps[-1]), ())
        return self.validate(SEPARATOR.join(steps), definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return the labels along the path."""
        known = dict(paths(definition.settings["options"]))
        steps = str(value).split(SEPARATOR)
        ways = [SEPARATOR.join(steps[: n + 1]) for n in range(len(steps))]
        return SEPARATOR.join(
            _label(known.get(way, {"value": step}), language) for way, step in zip(ways, steps, strict=True)
        )


TYPES = (YesNo(), SingleSelect(), MultiSelect(), TreeSelect())
