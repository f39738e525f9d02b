"""What a text is found by, and what the words of a search look for: both are written alike."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from chassis.errors import Invalid, LimitExceeded

MOST_WORDS = 5
MOST_CHARACTERS = 100
SPELLED = 200  # characters of a text that may be a name, so that it is found by its pinyin too

# Scripts that are written without spaces: Chinese, Japanese, Korean.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U000323af]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_BETWEEN = re.compile(r"[\W_]+")
_NOT_DIGITS = re.compile(r"\D+")
_NUMBER = re.compile(r"[+(]?\d[\d().,/+-]*\d")
_NUMBERS = re.compile(r"\d[\d ().,/+-]*\d")
_TAG = re.compile(r"<[^<>]*>")
_TRUNK = re.compile(r"^00?(?=\d{6})")


def fold(text: str) -> str:
    """Return the text without case, width and punctuation.

    A Chinese character is written three times: then an index of three characters at a time finds it alone.
    """
    if text.isascii():
        return _BETWEEN.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _DENSE.sub(_thrice, _BETWEEN.sub(" ", plain).strip())


def _thrice(found: re.Match[str]) -> str:
    return "".join([each * 3 for each in found[0]])


def found_by(value: Any) -> str:
    """Return what a value is found by, one reading a line: as written, its digits, pinyin and initials."""
    return "".join(f" {reading}\n" for text in _texts(value) for reading in _readings(text))


def _texts(value: Any) -> Iterator[str]:
    """A value may be a list of words, or have parts, like an address."""
    if isinstance(value, str):
        yield _TAG.sub(" ", value) if "</" in value else value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _readings(text: str) -> Iterable[str]:
    if text.isascii() and text.isalnum():
        return (text.lower(),)
    numbers = (each for each in _NUMBERS.findall(text) if not each.isdigit())
    found = [fold(text), *(_NOT_DIGITS.sub("", each) for each in numbers)]
    if len(text) <= SPELLED and _HAN.search(text):
        # services have it from their start; the gateway, which asks for lists too, never needs the dictionary
        from chassis.cleaning.sorting import sort_key

        syllables = fold(sort_key(text).replace("ü", "v")).split()
        initials = "".join(each[0] for each in syllables)
        found += ["".join(syllables), initials]
    return [each for each in dict.fromkeys(found) if each]


def patterns(search: str) -> list[str]:
    """Return what LIKE looks for, one pattern a word.

    One or two letters or digits are looked for where a word begins: anywhere, no index would serve them.
    Raises LimitExceeded for too long a search, Invalid for one without a word.
    """
    if len(search) > MOST_CHARACTERS:
        raise LimitExceeded(
            f"A search has at most {MOST_CHARACTERS} characters, not {len(search)}", path=("search",)
        )
    words = dict.fromkeys(filter(None, map(_word, unicodedata.normalize("NFKC", search).split())))
    if not words:
        raise Invalid("A search needs a word; leave `search` out to see the whole list", path=("search",))
    if len(words) > MOST_WORDS:
        raise LimitExceeded(f"A search has at most {MOST_WORDS} words, not {len(words)}", path=("search",))
    return [f"%{word}%" if len(word) > 2 else f"% {word}%" for word in words]


def _word(text: str) -> str:
    """A number is looked for by its digits, without the zero that is dialled before it inside a country."""
    if _NUMBER.fullmatch(text):
        return _TRUNK.sub("", _NOT_DIGITS.sub("", text))
    return fold(text)
