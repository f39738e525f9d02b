"""What every type takes, refuses, stores, shows and reads from text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ID = "0199a1b2-0000-7000-8000-000000000001"
OTHER = "0199a1b2-0000-7000-8000-000000000002"
STAGES = [{"value": "a", "zh": "甲", "en": "First"}, {"value": "b", "zh": "乙", "en": "Second"}]
STAGES_AND_RETIRED = [*STAGES, {"value": "old", "zh": "旧", "retired": True}]
INDUSTRIES = [
    {"value": "制造业", "en": "Manufacturing", "children": [{"value": "汽车零配件", "en": "Car parts"}]},
    {"value": "服务业", "en": "Services"},
]


@dataclass(frozen=True)
class Case:
    """`stored` and `parsed` are pairs of what is given and kept; `shown` has kept, Chinese, English."""

    stored: Sequence[tuple[Any, Any]] = ()
    refused: Sequence[Any] = ()
    parsed: Sequence[tuple[str, Any]] = ()
    unread: Sequence[str] = ()
    shown: Sequence[tuple[Any, str, str]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    wrong_settings: Sequence[Mapping[str, Any]] = ()


CASES: Mapping[str, Case] = {
    "text": Case(
        settings={"pattern": "[A-Z]{2}-[0-9]+", "max_length": 8},
        stored=[("AB-12", "AB-12"), (" AB-1 ", "AB-1")],
        refused=["ab-12", "AB-1234567", "", "A\nB", "A\0B", 5, None, ["AB-12"]],
        parsed=[(" AB-12 ", "AB-12")],
        shown=[("AB-12", "AB-12", "AB-12")],
        wrong_settings=[{"pattern": "(a"}, {"pattern": "(?=a)"}, {"max_length": 0}, {"colour": 1}],
    ),
    "long_text": Case(
        stored=[("第一行\n第二行", "第一行\n第二行")],
        refused=["", "x" * 20_001, "\x07", 1],
        parsed=[("你好", "你好")],
        shown=[("a\nb", "a\nb", "a\nb")],
        wrong_settings=[{"min_length": 9, "max_length": 3}, {"pattern": "a"}],
    ),
    "rich_text": Case(
        stored=[
            ("<p>Hi <b>you</b></p>", "<p>Hi <b>you</b></p>"),
            ("<p onclick='x()'>a<script>alert(1)</script>b", "<p>ab</p>"),
            ("<a href='javascript:x'>l</a>", "<a>l</a>"),
            (
                '<a href="https://example.org/?a=1&b=2">l</a>',
                '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">l</a>',
            ),
            ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
            ("<img src=x onerror=alert(1)>", ""),
            ("<b><i>a</b>b</i>", "<b><i>a</i></b>b"),
        ],
        refused=["x" * 50_001, 1],
        parsed=[("<p>a</p>", "<p>a</p>")],
        shown=[("<h1>标题</h1><p>a &amp; b</p>", "标题\na & b", "标题\na & b")],
    ),
    "colour": Case(
        stored=[("#1677ff", "#1677FF"), ("abc", "#AABBCC")],
        refused=["red", "#12345", 7],
        parsed=[("#FFFFFF", "#FFFFFF")],
        shown=[("#FFFFFF", "#FFFFFF", "#FFFFFF")],
    ),
    "barcode": Case(
        stored=[("6901234567892", "6901234567892")],
        refused=["6901234567890", "690123456789", "abc"],
        parsed=[(" 6901234567892", "6901234567892")],
        shown=[("6901234567892", "6901234567892", "6901234567892")],
        wrong_settings=[{"format": "qr"}],
    ),
    "uscc": Case(
        stored=[("91350100m000100y43", "91350100M000100Y43")],
        refused=["91350100M000100Y44", "91350100M000100Y4", "9135 0100M000100Y43"],
        parsed=[("91350100M000100Y43 ", "91350100M000100Y43")],
        shown=[("91350100M000100Y43", "91350100M000100Y43", "91350100M000100Y43")],
    ),
    "tags": Case(
        settings={"max_count": 3},
        stored=[(["重要", "vip", "vip", " "], ["重要", "vip"]), ([], [])],
        refused=["vip", ["a", "b", "c", "d"], ["x" * 51], [1]],
        parsed=[("重要，vip; x", ["重要", "vip", "x"])],
        shown=[(["重要", "vip"], "重要、vip", "重要, vip")],
        wrong_settings=[{"max_count": 0}],
    ),
    "decimal": Case(
        settings={"min": "0", "max": 100, "digits": 2},
        stored=[("12.50", "12.5"), (7, "7"), (0.1, "0.1"), ("1e1", "10")],
        refused=["-1", 101, "1.234", "abc", True, None, "NaN", "1e999999", []],
        parsed=[(" 12.5 ", "12.5"), ("￥99", "99")],
        shown=[("12.5", "12.5", "12.5")],
        wrong_settings=[{"min": 5, "max": 1}, {"digits": 99}, {"min": "a"}],
    ),
    "integer": Case(
        settings={"min": 1},
        stored=[(5, 5), ("1000", 1000), (3.0, 3)],
        refused=[1.5, 0, "x", True, 2**60],
        parsed=[("1,234,567", 1234567)],
        unread=["12.5", "about ten"],
        shown=[(1234567, "1,234,567", "1,234,567")],
    ),
    "percent": Case(
        settings={"max": 100},
        stored=[("12.5", "12.5")],
        refused=[101, "x"],
        parsed=[("12.5 %", "12.5"), ("7％", "7")],
        shown=[("12.5", "12.5%", "12.5%")],
    ),
    "money": Case(
        settings={"currencies": ["CNY", "USD"], "min": 0},
        stored=[({"amount": "12.50", "currency": "cny"}, {"amount": "12.5", "currency": "CNY"})],
        refused=[
            {"amount": "1", "currency": "EUR"},
            {"amount": "-1", "currency": "CNY"},
            {"amount": "1"},
            "12",
            {"amount": "1.23456", "currency": "CNY"},
        ],
        parsed=[
            ("USD 1,200.00", {"amount": "1200", "currency": "USD"}),
            ("￥12", {"amount": "12", "currency": "CNY"}),
        ],
        unread=["ten"],
        shown=[({"amount": "1200.5", "currency": "CNY"}, "CNY 1,200.50", "CNY 1,200.50")],
        wrong_settings=[{"currencies": []}, {"currencies": ["CNY", "CNY"]}],
    ),
    "rating": Case(
        stored=[(5, 5), ("3", 3)],
        refused=[0, 6, 2.5],
        parsed=[("4", 4), ("★★", 2)],
        shown=[(3, "★★★☆☆", "★★★☆☆")],
        wrong_settings=[{"stars": 1}],
    ),
    "duration": Case(
        settings={"max": 864_000},
        stored=[(90, 90), ("2h 30min", 9000), ("PT2H30M", 9000), ("90", 90)],
        refused=[-1, 864_001, "soon", 1.5, "", "P"],
        parsed=[("1天2小时", 93_600), ("1d", 86_400)],
        shown=[(93_660, "1 天 2 小时 1 分钟", "1 d 2 h 1 min"), (0, "0 秒", "0 s")],
    ),
    "number_band": Case(
        settings={"bands": ["0-50", "50-200", "200+"]},
        stored=[("0-50", "0-50"), (50, "50-200"), (10_000, "200+")],
        refused=["0-60", -1, None],
        parsed=[("50–200", "50-200"), ("120", "50-200"), ("200+", "200+")],
        unread=["-5", "many"],
        shown=[("200+", "200+", "200+")],
        wrong_settings=[{}, {"bands": ["50-0"]}, {"bands": ["0-50", "40-60"]}, {"bands": ["few"]}],
    ),
    "date": Case(
        settings={"min": "2000-01-01"},
        stored=[("2026-03-01", "2026-03-01")],
        refused=["1999-12-31", "2026-02-30", "01.03.2026", 5, "2026-03-01T00:00"],
        parsed=[
            ("2026/3/1", "2026-03-01"),
            ("2026年11月22日", "2026-11-22"),
            ("22.11.2026", "2026-11-22"),
            ("20261122", "2026-11-22"),
        ],
        unread=["2026-13-01", "tomorrow"],
        shown=[("2026-03-01", "2026年3月1日", "2026-03-01")],
        wrong_settings=[{"min": "2026-02-01", "max": "2026-01-01"}, {"min": "x"}],
    ),
    "datetime": Case(
        stored=[("2026-03-01T09:00:00+08:00", "2026-03-01T01:00:00+00:00")],
        refused=["2026-03-01T09:00:00", "x", 7, "0001-01-01T00:00:00+14:00"],
        parsed=[("2026-03-01T01:00:00Z", "2026-03-01T01:00:00+00:00")],
        shown=[("2026-03-01T01:00:00+00:00", "2026-03-01 01:00 UTC", "2026-03-01 01:00 UTC")],
        wrong_settings=[{"min": "2026-03-02T00:00:00Z", "max": "2026-03-01T00:00:00Z"}],
    ),
    "time": Case(
        stored=[("09:30", "09:30"), ("9:30", "09:30"), ("23:59:59", "23:59:59")],
        refused=["24:00", "half past", 930],
        parsed=[("18:00", "18:00")],
        shown=[("09:30", "09:30", "09:30")],
    ),
    "timeline": Case(
        stored=[
            (
                [{"date": "2026-03-02", "text": "验收"}, {"date": "2026-03-01", "text": "Start"}],
                [{"date": "2026-03-01", "text": "Start"}, {"date": "2026-03-02", "text": "验收"}],
            )
        ],
        refused=["x", [{"date": "x", "text": "y"}], [{"date": "2026-03-01"}], [5]],
        parsed=[
            (
                "2026-03-01 Start; 2026-03-02 验收 完成",
                [
                    {"date": "2026-03-01", "text": "Start"},
                    {"date": "2026-03-02", "text": "验收 完成"},
                ],
            )
        ],
        shown=[([{"date": "2026-03-01", "text": "验收"}], "2026-03-01 验收", "2026-03-01 验收")],
    ),
    "boolean": Case(
        stored=[(True, True), (False, False)],
        refused=["true", 1, None],
        parsed=[("是", True), ("No", False)],
        unread=["maybe"],
        shown=[(True, "是", "yes"), (False, "否", "no")],
    ),
    "single_select": Case(
        settings={"options": STAGES_AND_RETIRED},
        stored=[("a", "a")],
        refused=["c", "old", 1, ["a"]],
        parsed=[("甲", "a"), ("Second", "b"), ("b", "b")],
        unread=["丙"],
        shown=[("a", "甲", "First"), ("old", "旧", "old"), ("gone", "gone", "gone")],
        wrong_settings=[{}, {"options": []}, {"options": ["a", "a"]}, {"options": [{"zh": "甲"}]}],
    ),
    "multi_select": Case(
        settings={"options": STAGES, "max_count": 2},
        stored=[(["b", "a"], ["b", "a"]), (["a", "a"], ["a"]), ([], [])],
        refused=["a", ["c"], ["a", "b", "a"]],
        parsed=[("甲、Second", ["a", "b"])],
        unread=["甲, 丙"],
        shown=[(["a", "b"], "甲、乙", "First, Second")],
    ),
    "tree_select": Case(
        settings={"options": INDUSTRIES, "leaves_only": True},
        stored=[("制造业-汽车零配件", "制造业-汽车零配件"), ("服务业", "服务业")],
        refused=["制造业", "汽车零配件", "矿业", 1],
        parsed=[
            ("Manufacturing > Car parts", "制造业-汽车零配件"),
            ("制造业/汽车零配件", "制造业-汽车零配件"),
        ],
        unread=["农业"],
        shown=[("制造业-汽车零配件", "制造业-汽车零配件", "Manufacturing-Car parts")],
        wrong_settings=[{"options": [{"value": "a-b"}]}],
    ),
    "phone": Case(
        stored=[("138 0013 8000", "+8613800138000"), ("+49 30 901820", "+4930901820")],
        refused=["12", "call me", 138],
        parsed=[("021-6104-8888", "+862161048888")],
        shown=[("+8613800138000", "+86 138 0013 8000", "+86 138 0013 8000")],
        wrong_settings=[{"region": "XX"}],
    ),
    "email": Case(
        stored=[(" Ada@Example.org ", "ada@example.org"), ("李@例子.中国", "李@例子.中国")],
        refused=["ada", "a@b", "a b@example.org", 1],
        parsed=[("ada@example.org", "ada@example.org")],
        shown=[("ada@example.org", "ada@example.org", "ada@example.org")],
    ),
    "url": Case(
        stored=[("https://example.org/a?b=1", "https://example.org/a?b=1")],
        refused=["javascript:alert(1)", "ftp://example.org", "https://", "https://[", "https://a b.org", 1],
        parsed=[("example.org", "https://example.org")],
        shown=[("https://example.org", "https://example.org", "https://example.org")],
    ),
    "address": Case(
        stored=[
            (
                {"city": "上海市", "street": "南京路1号"},
                {"city": "上海市", "street": "南京路1号", "text": "上海市南京路1号"},
            )
        ],
        refused=[{}, {"planet": "Mars"}, "上海", {"city": 1}],
        parsed=[("南京路1号", {"street": "南京路1号", "text": "南京路1号"})],
        shown=[
            (
                {"country": "China", "city": "Shanghai", "text": "ChinaShanghai"},
                "ChinaShanghai",
                "Shanghai, China",
            )
        ],
    ),
    "geo_point": Case(
        stored=[({"lat": 31.2304, "lon": "121.4737"}, {"lat": 31.2304, "lon": 121.4737})],
        refused=[{"lat": 91, "lon": 0}, {"lat": 0, "lon": 181}, {"lat": 0}, "0,0"],
        parsed=[("31.2304, 121.4737", {"lat": 31.2304, "lon": 121.4737})],
        unread=["north"],
        shown=[({"lat": 31.2304, "lon": 121.4737}, "31.2304, 121.4737", "31.2304, 121.4737")],
    ),
    "reference": Case(
        settings={"object": "place"},
        stored=[(ID, ID), (ID.upper(), ID)],
        refused=["x", 1, None],
        parsed=[(f" {ID} ", ID)],
        shown=[(ID, ID, ID)],
        wrong_settings=[{}],
    ),
    "roll_up": Case(
        settings={"object": "place", "function": "count"},
        refused=[1, "1"],
        shown=[(3, "3", "3")],
        wrong_settings=[
            {},
            {"object": "place", "function": "median"},
            {"object": "place", "function": "count", "field": "amount"},
            {"object": "place", "function": "sum"},
            {"object": "place", "function": "count", "where": []},
        ],
    ),
    "employee": Case(stored=[(ID, ID)], refused=["ada"], parsed=[(ID, ID)], shown=[(ID, ID, ID)]),
    "team": Case(stored=[(ID, ID)], refused=["east"], parsed=[(ID, ID)], shown=[(ID, ID, ID)]),
    "attachment": Case(
        settings={"max_count": 2},
        stored=[([ID, ID], [ID]), ([], [])],
        refused=[ID, ["x"], [ID, OTHER, ID]],
        parsed=[(f"{ID}, {OTHER}", [ID, OTHER])],
        shown=[([ID], ID, ID)],
        wrong_settings=[{"max_count": 99}],
    ),
    "image": Case(stored=[(ID, ID)], refused=[[ID], "x"], parsed=[(ID, ID)], shown=[(ID, ID, ID)]),
    "signature": Case(stored=[(ID, ID)], refused=["x"], parsed=[(ID, ID)], shown=[(ID, ID, ID)]),
    "auto_number": Case(
        refused=["KH-1"],
        unread=["KH-1"],
        shown=[("KH-000001", "KH-000001", "KH-000001")],
        wrong_settings=[{"digits": 0}],
    ),
    "formula": Case(
        settings={"expression": "1 + 1"},
        refused=[2],
        unread=["2"],
        shown=[("2", "2", "2")],
        wrong_settings=[{}, {"expression": "1", "result": "colour"}],
    ),
}
