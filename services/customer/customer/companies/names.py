"""Company names: one key for spellings of the same name, one sort key for any script."""

import re
import unicodedata

from pypinyin import lazy_pinyin

_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团|公司"
    r"|\b(incorporated|inc|corporation|corp|limited|ltd|llc|gmbh|co|company|plc|ag|sa)\b)"
)
_NOISE = re.compile(r"[\W_]+")


def name_key(name: str) -> str:
    """Return what spellings of one company's name share: width, case, legal form and punctuation removed."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _NOISE.sub("", _FORMS.sub("", folded)) or _NOISE.sub("", folded)


def sort_key(name: str) -> str:
    """Return the text that sorts a name among others: pinyin for Chinese, folded otherwise."""
    return " ".join(lazy_pinyin(unicodedata.normalize("NFKC", name))).casefold()
