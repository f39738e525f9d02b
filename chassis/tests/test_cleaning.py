"""Cleaning: every rule by example, in Chinese and English, and cleaning what is clean changes nothing."""

import string
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.cleaning import rules, values
from chassis.cleaning.companies import credit_code, name_key, short_name
from chassis.cleaning.sorting import sort_key
from chassis.errors import Invalid

CLEAN = [
    ("trim", {}, "  Acme\t", "Acme"),
    ("trim", {}, "\u3000示例\u200b ", "示例"),
    ("trim", {}, "'=1+1", "=1+1"),  # as exports guard it
    ("trim", {}, "'Tis", "'Tis"),
    ("spaces", {}, "Ada \n  Lovelace", "Ada Lovelace"),
    ("spaces", {}, "张\u3000 三", "张 三"),
    ("width", {}, "Ａ１（上海）", "A1(上海)"),
    ("lower", {}, "ADA", "ada"),
    ("upper", {}, "p-1x", "P-1X"),
    ("phone", {}, "138 0013 8000", "+8613800138000"),
    ("phone", {}, "１３８-0013-8000", "+8613800138000"),
    ("phone", {}, "(021) 6234 5678", "+862162345678"),
    ("phone", {}, "0086 13800138000", "+8613800138000"),
    ("phone", {}, "+44 20 7946 0958", "+442079460958"),
    ("phone", {"region": "gb"}, "020 7946 0958", "+442079460958"),
    ("email", {}, " Mailto:Ada@Example.COM", "ada@example.com"),
    ("email", {}, "ａｄａ＠example.com", "ada@example.com"),
    ("company", {}, "上海示例科技股份有限公司", "上海示例科技"),
    ("company", {}, "上海示例科技有限责任公司", "上海示例科技"),
    ("company", {}, "Acme Co., Ltd.", "Acme"),
    ("company", {}, "Acme Inc", "Acme"),
    ("credit_code", {}, "9135 0100-m000 100y 43", "91350100M000100Y43"),
    ("date", {}, "2026/1/2", "2026-01-02"),
    ("date", {}, "2026年11月22日", "2026-11-22"),
    ("date", {}, "22.11.2026", "2026-11-22"),
    ("date", {}, "20261122", "2026-11-22"),
    ("date", {}, "46348", "2026-11-22"),  # as spreadsheets count
    ("date", {}, "13/04/2026", "2026-04-13"),
    ("date", {}, "03/04/2026", None),  # either
    ("date", {"order": "dmy"}, "03/04/2026", "2026-04-03"),
    ("date", {"order": "mdy"}, "03/04/2026", "2026-03-04"),
    ("date", {}, "2026-02-30", None),
    ("date", {}, "soon", None),
    ("datetime", {}, "2026-03-01 09:30", "2026-03-01T01:30:00+00:00"),
    ("datetime", {}, "2026年3月1日 9时30分", "2026-03-01T01:30:00+00:00"),
    ("datetime", {"zone": "Europe/London"}, "2026-07-01 09:30", "2026-07-01T08:30:00+00:00"),
    ("datetime", {}, "2026-03-01T09:30:00+02:00", "2026-03-01T07:30:00+00:00"),
    ("datetime", {}, "2026-03-01 25:00", None),
    ("number", {}, "1,234.50", "1234.50"),
    ("number", {}, "¥1 234", "1234"),
    ("number", {}, "１２％", "0.12"),
    ("number", {}, "3.5万", "35000.0"),
    ("number", {}, "2亿元", "200000000"),
    ("number", {}, "(12.5)", "-12.5"),
    ("number", {"decimal": ","}, "1.234,5", "1234.5"),
    ("number", {}, "1,23.4", None),
    ("number", {}, "many", None),
    ("replace", {"汽配": "汽车零配件", "IT ": "信息"}, "汽配", "汽车零配件"),
    ("replace", {"汽配": "汽车零配件", "IT": "信息"}, "ｉｔ", "信息"),
    ("replace", {"汽配": "汽车零配件"}, "餐饮", "餐饮"),
]  # fmt: skip


def code(body: str) -> str:
    """Return a code of 17 signs with its check sign, by the standard's own words."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + signs[(31 - total % 31) % 31]


@pytest.mark.feature("F19")
@pytest.mark.parametrize(("rule", "parameters", "dirty", "clean"), CLEAN)
def test_a_rule_cleans_or_refuses(
    rule: str, parameters: dict[str, str], dirty: str, clean: str | None
) -> None:
    work = rules.made(rule, parameters)
    if clean is None:
        with pytest.raises(Invalid):
            work(dirty)
    else:
        assert work(dirty) == clean


def test_every_rule_has_examples() -> None:
    assert {rule for rule, *_ in CLEAN} == set(rules.RULES)


@pytest.mark.feature("F19")
@pytest.mark.parametrize(
    "good", ["91350100M000100Y43", "91110000600037341L", "91440300708461136T", "9111 0000-6000 3734 1l"]
)
def test_real_credit_codes_pass_and_any_other_check_sign_fails(good: str) -> None:
    clean = credit_code(good)
    assert clean == good.replace(" ", "").replace("-", "").upper()
    for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        if sign != clean[-1]:
            with pytest.raises(Invalid, match="does not fit"):
                credit_code(clean[:-1] + sign)


@pytest.mark.parametrize("bad", ["", "9135", "91350100M000100Y4O", "91350100M000100Y43X", "一二三"])
def test_what_is_no_credit_code_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        credit_code(bad)


@settings(max_examples=40)
@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16), st.data())
def test_one_wrong_sign_of_a_credit_code_is_found(body: str, place: int, data: st.DataObject) -> None:
    assert credit_code(code(body)) == code(body)
    other = data.draw(st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY".replace(body[place], "")))
    with pytest.raises(Invalid):
        credit_code(code(body)[:place] + other + code(body)[place + 1 :])


_TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("公司有限责任股份上海（）() Ltd.CoInc,Ａ１ａ\u3000", max_size=30),
    st.text(string.digits + "-/.年月日 :+%万亿¥,()", max_size=20),
    st.text("abc.@+-_" + string.digits, max_size=30),
    st.dates(date(1930, 1, 1), date(2110, 1, 1)).map(lambda day: f"{day.year}年{day.month}月{day.day}日"),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9).map(
        lambda number: f"{number:,}"
    ),
)


@pytest.mark.feature("F19")
@pytest.mark.parametrize("rule", sorted(set(rules.RULES) - {"replace"}))
@settings(max_examples=40)
@given(text=_TEXTS)
def test_cleaning_what_is_clean_changes_nothing(rule: str, text: str) -> None:
    work = rules.made(rule, {})
    try:
        clean = work(text)
    except Invalid:
        return
    assert work(clean) == clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海示例科技有限公司", "上海示例科技"),
        ("上海示例科技(集团)有限公司", "上海示例科技（集团）有限公司"),
        ("ＡＣＭＥ Inc.", "acme"),
        ("Acme Co., Ltd.", "ACME"),
    ],
)
def test_spellings_of_one_company_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_companies_have_different_keys() -> None:
    names = ["上海示例科技", "北京示例科技", "上海示例贸易", "Acme", "Acme East"]
    assert len({name_key(name) for name in names}) == len(names)


def test_chinese_names_sort_among_others_by_how_they_sound() -> None:
    assert sorted(["重庆火锅", "Bolt", "安徽", "Zeta"], key=sort_key) == ["安徽", "Bolt", "重庆火锅", "Zeta"]
    assert short_name("有限公司")  # what is nothing but a form stays


@pytest.mark.parametrize(
    ("text", "found"),
    [("是", True), ("Ｙ", True), ("√", True), ("TRUE", True), ("否", False), ("no", False), ("0", False)],
)
def test_yes_and_no_are_read_in_both_languages(text: str, found: bool) -> None:
    assert values.yes_or_no(text) is found


def test_lists_in_one_cell_are_taken_apart_once_each() -> None:
    assert values.parts("甲、乙;丙，甲 | d, e") == ["甲", "乙", "丙", "d", "e"]


def test_choices_are_found_in_any_case_and_width_and_others_are_named() -> None:
    known = values.spellings({"高": "high", "Urgent": "urgent"})
    assert [values.choice(text, known) for text in ("高", "HIGH", "ｕｒｇｅｎｔ")] == [
        "high",
        "high",
        "urgent",
    ]
    with pytest.raises(Invalid, match="none of high, urgent"):
        values.choice("低", known)


def test_numbers_and_instants_have_their_types() -> None:
    assert (values.integer("1.2万"), values.number("0.10")) == (12_000, Decimal("0.10"))
    assert values.instant("2026-03-01") == datetime(2026, 2, 28, 16, tzinfo=UTC)
    with pytest.raises(Invalid, match="no whole number"):
        values.integer("1.5")


@pytest.mark.parametrize(
    ("rule", "parameters", "message"),
    [
        ("magic", {}, "There is no cleaning rule 'magic'"),
        ("trim", {"x": "1"}, "has no parameter 'x'; it has none"),
        ("date", {"order": "ymd"}, "dmy or mdy"),
        ("datetime", {"zone": "Mars"}, "no time zone"),
        ("number", {"decimal": ";"}, "a point or a comma"),
        ("phone", {"region": "China"}, "no region"),
    ],
)
def test_rules_and_parameters_that_are_not_there_are_refused(
    rule: str, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        rules.made(rule, parameters)
