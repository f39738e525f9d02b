"""Names of people and teams, in any script."""

import unicodedata

from pypinyin import lazy_pinyin

from chassis.errors import Invalid


def clean(name: str, what: str) -> str:
    """Return the name with its spaces in order; raise Invalid for an empty or endless one."""
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= 200:
        raise Invalid(f"The name of {what} has 1 to 200 characters", path=("input", "name"))
    return cleaned


def sort_key(name: str) -> str:
    """Return the text that sorts a name among others: pinyin for Chinese, folded otherwise."""
    return " ".join(lazy_pinyin(unicodedata.normalize("NFKC", name))).casefold()
