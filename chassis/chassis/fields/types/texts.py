"""Texts: short, long, with a format, and those whose form says whether they are right."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import re2

from chassis.fields.definition import Definition, Json, Language
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse
from chassis.fields.types.rich import sanitised, words

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class Text(FieldType):
    """One line."""

    name = "text"
    description = "A line of text."
    searched = True
    may_be_unique = True
    longest: ClassVar[int] = 500
    lines: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, Setting]] = {
        "min_length": settings.count(0, 500, "Fewest characters"),
        "max_length": settings.count(1, 500, "Most characters"),
        "pattern": settings.pattern("What the text looks like"),
    }

    def check_together(self, settings: Mapping[str, Any]) -> None:
        """Raise Invalid when no text can be right."""
        if settings.get("min_length", 0) > settings.get("max_length", self.longest):
            refuse("min_length is above max_length", "min_length")

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the text without space around it."""
        found = settings.text(value, self.longest).strip()
        if not self.lines and ("\n" in found or "\r" in found):
            refuse("This is one line; a long_text field takes several")
        low = definition.settings.get("min_length", 1)
        high = definition.settings.get("max_length", self.longest)
        if not low <= len(found) <= high:
            refuse(f"This has {low} to {high} characters, not {len(found)}")
        form = definition.settings.get("pattern")
        if form and not re2.fullmatch(form, found):
            refuse(f"{found[:50]!r} does not look like {form}")
        return found


class LongText(Text):
    """Several lines."""

    name = "long_text"
    description = "Text of several lines."
    may_be_unique = False
    longest = 20_000
    lines = True
    settings: ClassVar[Mapping[str, Setting]] = {
        "min_length": settings.count(0, 20_000, "Fewest characters"),
        "max_length": settings.count(1, 20_000, "Most characters"),
    }


class RichText(FieldType):
    """Text with simple formatting, as a safe subset of HTML."""

    name = "rich_text"
    description = "Text with headings, lists, emphasis and links: HTML, of which only a safe subset is kept."
    searched = True
    settings: ClassVar[Mapping[str, Setting]] = {
        "max_length": settings.count(1, 50_000, "Most characters, mark-up counted"),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the mark-up that is harmless; everything else is dropped."""
        return sanitised(settings.text(value, definition.settings.get("max_length", 50_000)))

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return the words without mark-up."""
        return words(str(value))


class Colour(FieldType):
    """A colour as red, green and blue."""

    name = "colour"
    description = "A colour like #1677FF."

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return it in upper case, with the hash."""
        found = settings.text(value, 7).strip().lstrip("#").upper()
        if not re.fullmatch(r"[0-9A-F]{6}|[0-9A-F]{3}", found):
            refuse(f"{value!r} is no colour; write it like #1677FF")
        return "#" + (found if len(found) == 6 else "".join(each * 2 for each in found))


class Barcode(FieldType):
    """What a scanner reads."""

    name = "barcode"
    description = "A bar code: EAN-13 with its check digit, or Code 128."
    searched = True
    may_be_unique = True
    settings: ClassVar[Mapping[str, Setting]] = {
        "format": Setting("ean13 or code128", lambda value: settings.one_of(value, ("ean13", "code128"))),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the code; raise Invalid when its check digit or a character is wrong."""
        found = settings.text(value, 80).strip()
        if definition.settings.get("format", "ean13") == "code128":
            if not found or not found.isascii() or not found.isprintable():
                refuse("Code 128 has 1 to 80 printable ASCII characters")
            return found
        if not re.fullmatch(r"[0-9]{13}", found):
            refuse(f"{value!r} is no EAN-13; it has 13 digits")
        digits = [int(each) for each in found]
        check = -(sum(digits[0:12:2]) + 3 * sum(digits[1:12:2])) % 10
        if check != digits[12]:
            refuse(f"The check digit of {found} is {digits[12]} and should be {check}")
        return found


class Uscc(FieldType):
    """The unified social credit code of Chinese organisations (GB 32100-2015)."""

    name = "uscc"
    description = "Unified social credit code: 18 characters with a check character."
    searched = True
    may_be_unique = True

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return it in upper case; raise Invalid when the check character is wrong."""
        found = settings.text(value, 30).strip().upper()
        if len(found) != 18 or any(each not in _USCC for each in found):
            refuse(f"{value!r} is no unified social credit code; it has 18 digits and letters")
        total = sum(_USCC.index(each) * weight for each, weight in zip(found, _USCC_WEIGHTS, strict=False))
        check = _USCC[-total % 31]
        if check != found[17]:
            refuse(f"The check character of {found} is {found[17]} and should be {check}")
        return found


class Tags(FieldType):
    """Words that people put on a record."""

    name = "tags"
    description = "Free words to find a record by."
    searched = True
    compares: ClassVar[Compared] = "list"
    settings: ClassVar[Mapping[str, Setting]] = {"max_count": settings.count(1, 100, "Most tags")}

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return them without repetition."""
        if not isinstance(value, list):
            refuse("Tags are a list of texts")
        found = [settings.text(each, 50).strip() for each in value]
        kept = list(dict.fromkeys(each for each in found if each))
        most = definition.settings.get("max_count", 100)
        if len(kept) > most:
            refuse(f"At most {most} tags, not {len(kept)}")
        return kept

    def parse(self, text: str, definition: Definition) -> Json:
        """Read words between commas or semicolons, in either script."""
        return self.validate([each for each in re.split(r"[,，;；、]", text) if each.strip()], definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Join them."""
        return ("、" if language == "zh" else ", ").join(value)


TYPES = (Text(), LongText(), RichText(), Colour(), Barcode(), Uscc(), Tags())
