"""What texts are found by: words in any script, whatever their case, width and punctuation."""

import pytest

from chassis.errors import DomainError
from chassis.searching.language import found_by, patterns


def found(search: str, value: object) -> bool:
    """Tell whether every word is found in the value, as LIKE would."""
    return all(pattern.strip("%") in found_by(value) for pattern in patterns(search))


@pytest.mark.parametrize(
    ("value", "searches", "others"),
    [
        ("Blue Bolt GmbH", ["bolt", "OLT blue", "ｂｏｌｔ", "gm", "b"], ["ol", "mb", "bluebolt", "bolt ltd"]),
        ("重庆示例科技", ["庆", "示例", "科技 重庆", "chong qing", "chongqing", "cqslkj"], ["庆重", "qc"]),
        ("吕布 Lü", ["lvbu", "lb", "lü"], ["lubu"]),
        ("カタカナ 전화", ["タカ", "ｶﾀ", "화"], ["カナカ"]),
        ("Straße №5", ["STRASSE", "no5"], ["strase"]),
        ("li.lei@example.com", ["lei@example", "li.lei", "LEI com"], ["lei.li"]),
        ("+862155551234", ["021-5555", "+86 215", "0086-21-5555-1234", "1234"], ["020-5555"]),
        ("021-5555 1234", ["02155551234", "2155551234", "5551234"], ["0086-021"]),
        ("QT-2026-0012", ["qt-2026", "20260012", "2026-0012", "0012"], ["2026-12"]),
        ("100 %_", ["100%"], ["1%0", "1_0"]),
        (["重要", "New"], ["重要 new", "zy"], ["重要new"]),
        ({"city": "上海市", "postcode": "200000"}, ["上海 2000", "sh"], ["北京"]),
        ("<p>Hello</p><b>World</b>", ["hello world"], ["helloworld", "<p>x"]),
        (None, [], ["a"]),
        (7, [], ["7"]),
    ],
)  # fmt: skip
def test_a_value_is_found_by_its_words(value: object, searches: list[str], others: list[str]) -> None:
    assert [each for each in searches if not found(each, value)] == []
    assert [each for each in others if found(each, value)] == []


@pytest.mark.parametrize(
    ("search", "code"),
    [("", "INVALID"), (" - ，", "INVALID"), ("a b c d e f", "LIMIT"), ("x" * 101, "LIMIT")],
)
def test_a_search_has_one_to_five_words_of_a_hundred_characters_in_all(search: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        patterns(search)
    assert (refused.value.code, refused.value.path) == (code, ("search",))


def test_a_word_that_is_said_twice_counts_once() -> None:
    assert patterns("Bolt bolt ＢＯＬＴ a a b c") == ["%bolt%", "% a%", "% b%", "% c%"]
