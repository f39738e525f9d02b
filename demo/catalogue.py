"""The demonstration company itself: who works there, what it sells, how it finds customers."""

from dataclasses import dataclass
from decimal import Decimal

from demo.names import INTERNATIONAL

DOMAIN = "ruida.example"
HEAD_OFFICE = "总部 / Head office"
TEAMS = {
    "East China": "华东区 / East China",
    "North China": "华北区 / North China",
    "South China": "华南区 / South China",
    INTERNATIONAL: "海外 / International",
}


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who works here; `region` names the sales team, none is the head office."""

    login: str
    name: str
    role: str
    region: str | None = None

    @property
    def email(self) -> str:
        """The address that identifies the employee."""
        return f"{self.login}@{DOMAIN}"


EMPLOYEES = (
    Employee("chen.li", "陈立", "executive"),
    Employee("wang.fang", "王芳", "sales_manager"),
    Employee("li.na", "李娜", "salesperson", "East China"),
    Employee("zhang.wei", "张伟", "salesperson", "East China"),
    Employee("zhao.min", "赵敏", "salesperson", "North China"),
    Employee("huang.ting", "黄婷", "salesperson", "South China"),
    Employee("emma.clarke", "Emma Clarke", "salesperson", INTERNATIONAL),
    Employee("daniel.novak", "Daniel Novak", "salesperson", INTERNATIONAL),
    Employee("zhou.yu", "周雨", "marketer"),
    Employee("sun.hao", "孙浩", "project_manager"),
    Employee("wu.jing", "吴静", "agent"),
    Employee("grace.lin", "Grace Lin", "service_manager"),
    Employee("zheng.li", "郑丽", "accountant"),
    Employee("tom.becker", "Tom Becker", "auditor"),
)


@dataclass(frozen=True, slots=True)
class Product:
    """Something the company sells, at its list price in CNY."""

    sku: str
    name: str
    series: str
    price: int


PRODUCTS = (
    Product("RG-100", "边缘网关 / Edge gateway", "Gateway", 12_800),
    Product("RG-300", "边缘服务器 / Edge server", "Gateway", 46_000),
    Product("RV-200", "视觉检测工作站 / Vision inspection station", "Vision", 168_000),
    Product("RM-MES", "制造执行系统 / Manufacturing execution system", "Software", 280_000),
    Product("RM-EMS", "能源管理平台 / Energy management platform", "Software", 150_000),
    Product("RM-PDM", "预测性维护 / Predictive maintenance", "Software", 96_000),
    Product("RS-IMP", "实施服务（人天）/ Implementation, per day", "Service", 3_800),
    Product("RS-CARE", "年度运维 / Annual care", "Service", 36_000),
)
PRICES = {product.sku: Decimal(product.price) for product in PRODUCTS}


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign `age` days old, with its costs in thousands of CNY."""

    code: str
    name: str
    channel: str
    age: int
    days: int
    budget: int
    costs: tuple[int, ...]


CAMPAIGNS = (
    Campaign("ciif-1", "工博会 / Industry Fair, first year", "EXPO", 730, 6, 260, (120, 84, 31)),
    Campaign("website", "官网自然流量 / Website", "CONTENT", 725, 725, 90, (30, 28)),
    Campaign("ads-1", "搜索广告 / Search ads, first year", "ADS", 700, 360, 180, (44, 52, 61)),
    Campaign("mes-webinar", "MES 网络研讨会 / MES webinar", "WEBINAR", 540, 1, 24, (19,)),
    Campaign("energy-paper", "双碳白皮书 / Energy white paper", "CONTENT", 480, 180, 40, (35,)),
    Campaign("hannover", "Hannover Messe", "EXPO", 450, 5, 320, (180, 96)),
    Campaign("ciif-2", "工博会 / Industry Fair, second year", "EXPO", 365, 6, 280, (131, 90)),
    Campaign("ads-2", "搜索广告 / Search ads, second year", "ADS", 335, 360, 200, (58, 63)),
    Campaign("partners", "伙伴推荐 / Partner referrals", "REFERRAL", 300, 330, 60, (22,)),
    Campaign("pdm-roadshow", "预测性维护路演 / Maintenance roadshow", "OFFLINE", 60, 45, 110, (47,)),
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form on the web; `qualifies` hands its prospects to sales at once."""

    key: str
    title: str
    campaign: str
    qualifies: bool
    fields: tuple[tuple[str, str, str, bool], ...]  # name, Chinese, English, required


_WHO = (
    ("company", "公司", "Company", True),
    ("contact_name", "姓名", "Your name", True),
    ("email", "邮箱", "E-mail", True),
)
_WHAT = (
    ("phone", "电话", "Phone", False),
    ("region", "地区", "Region", False),
    ("industry", "行业", "Industry", False),
    ("product_interest", "感兴趣的产品", "Product of interest", False),
    ("message", "留言", "Message", False),
)
CONTACT_FORM = Form("contact-us", "联系我们 / Contact us", "website", True, (*_WHO, *_WHAT))
EVENT_FORM = Form("event-sign-up", "活动报名 / Event sign-up", "ciif-2", True, (*_WHO, *_WHAT))
PAPER_FORM = Form("white-paper", "下载白皮书 / White paper", "energy-paper", False, _WHO)
FORMS = (CONTACT_FORM, EVENT_FORM, PAPER_FORM)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who gets the leads that meet a condition: a region's team, or the employees of these logins."""

    name: str
    conditions: tuple[tuple[str, str, str], ...]  # field, operator, value
    region: str | None = None
    logins: tuple[str, ...] = ()


RULES = (
    Rule(
        "汽车行业 / Automotive, East China",
        (("region", "eq", "East China"), ("industry", "startsWith", "制造业-汽车")),
        logins=("li.na", "wang.fang"),
    ),
    *(Rule(f"{team}", (("region", "eq", region),), region=region) for region, team in TEAMS.items()),
    Rule("其余 / Everything else", (), logins=("wang.fang",)),
)
