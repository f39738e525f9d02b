"""How names sort, Chinese among others; apart from the rest because its dictionary is dear to load."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin
from pypinyin.seg import mmseg

_HAN = re.compile(r"[\u3400-\u9fff]")
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")


@lru_cache(maxsize=50_000)
def _pinyin(word: str) -> str:
    """The library takes ten times as long for this as for finding the words, and words come again."""
    return " ".join(lazy_pinyin(word))


@lru_cache(maxsize=10_000)  # a name that is entered is asked for twice: to sort by and to be found by
def sort_key(name: str) -> str:
    """Return the text that sorts a name among others: pinyin for Chinese, folded otherwise."""
    runs = _RUNS.findall(unicodedata.normalize("NFKC", name))
    words = [word for run in runs for word in (mmseg.seg.cut(run) if _HAN.match(run) else (run,))]
    return " ".join(word if word.isascii() else _pinyin(word) for word in words).casefold()
