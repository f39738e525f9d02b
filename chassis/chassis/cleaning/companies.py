"""Company names and registration codes."""

import re
import unicodedata
from functools import lru_cache

from chassis.errors import Invalid

_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团|公司"
    r"|\b(incorporated|inc|corporation|corp|limited|ltd|llc|gmbh|co|company|plc|ag|sa)\b)"
)
_LEGAL_FORM = re.compile(
    r"[\s,，]*(?:[（(]?(?:股份有限公司|有限责任公司|有限公司)[）)]?"
    r"|\b(?:incorporated|inc|corporation|corp|co\.?,? ltd|limited|ltd|llc|gmbh|plc)\b\.?)\s*$",
    re.IGNORECASE,
)
_NOISE = re.compile(r"[\W_]+")
_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015 leaves out I, O, S, V and Z
_CODE_VALUES = {letter: value for value, letter in enumerate(_CODE_LETTERS)}
_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


@lru_cache(maxsize=5_000)  # an import asks for each name some times
def name_key(name: str) -> str:
    """Return what spellings of one company's name share: width, case, legal form and punctuation removed."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _NOISE.sub("", _FORMS.sub("", folded)) or _NOISE.sub("", folded)


def short_name(name: str) -> str:
    """Return the name without its legal form: 上海示例科技有限公司 becomes 上海示例科技."""
    return _LEGAL_FORM.sub("", name.strip()) or name


def credit_code(text: str) -> str:
    """Return a unified social credit code (GB 32100-2015) in its 18 signs.

    Raises Invalid when a sign or the check sign is wrong.
    """
    code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(code) != 18 or any(sign not in _CODE_VALUES for sign in code):
        raise Invalid(f"{text!r} is no unified social credit code; it has 18 digits and capital letters")
    total = sum(_CODE_VALUES[sign] * weight for sign, weight in zip(code, _CODE_WEIGHTS, strict=False))
    if _CODE_LETTERS[-total % 31] != code[17]:
        raise Invalid(f"{text!r} is no unified social credit code: its last sign does not fit the others")
    return code
