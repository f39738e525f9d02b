"""How names sort, Chinese among others."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import NamedTuple

_HAN = re.compile(r"[\u3400-\u9fff]")
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")


class _Chinese(NamedTuple):
    words: Callable[[str], Iterable[str]]
    pinyin: Callable[[str], list[str]]


@cache
def _chinese() -> _Chinese:
    # imported with the first Chinese name: the dictionary takes a quarter of a second and 50 MB
    from pypinyin import lazy_pinyin
    from pypinyin.seg import mmseg

    return _Chinese(mmseg.seg.cut, lazy_pinyin)


@lru_cache(maxsize=50_000)
def _pinyin(word: str) -> str:
    """The library takes ten times as long for this as for finding the words, and words come again."""
    return " ".join(_chinese().pinyin(word))


@lru_cache(maxsize=10_000)  # a name that is entered is asked for twice: to sort by and to be found by
def sort_key(name: str) -> str:
    """Return the text that sorts a name among others: pinyin for Chinese, folded otherwise."""
    runs = _RUNS.findall(unicodedata.normalize("NFKC", name))
    words = [word for run in runs for word in (_chinese().words(run) if _HAN.match(run) else (run,))]
    return " ".join(word if word.isascii() else _pinyin(word) for word in words).casefold()
