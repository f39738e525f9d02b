"""Words from which the demonstration company's world is made."""

REGIONS = {
    "East China": ("上海", "苏州", "杭州", "南京", "宁波", "无锡"),
    "North China": ("北京", "天津", "青岛", "大连", "石家庄"),
    "South China": ("深圳", "广州", "东莞", "佛山", "厦门"),
}
INTERNATIONAL = "International"
CITIES_ABROAD = ("Rotterdam", "Hamburg", "Singapore", "Birmingham", "Lyon", "Penang", "Milwaukee")

BRANDS = ("恒达", "瑞丰", "博远", "金诚", "华泽", "明辉", "中科", "宏图", "天启", "卓越", "安信", "同创")
BRANDS_ABROAD = (
    "Brightwater", "Northgate", "Halden", "Kestrel", "Meridian", "Oakfield", "Castellan", "Vantage",
    "Solent", "Ironbridge", "Larkspur", "Quayside",
)  # fmt: skip

# Path in the industry tree: what such a company is called in Chinese and in English.
INDUSTRIES = {
    "制造业-汽车零配件": ("汽车零部件", "Automotive"),
    "制造业-精密机械": ("精密机械", "Precision"),
    "制造业-电子元器件": ("电子", "Electronics"),
    "制造业-医疗器械": ("医疗器械", "Medical Devices"),
    "物流业-仓储配送": ("仓储物流", "Logistics"),
    "物流业-冷链运输": ("冷链", "Cold Chain"),
    "能源-光伏": ("光伏科技", "Solar"),
    "能源-储能": ("储能科技", "Energy Storage"),
    "医药-生物制药": ("生物医药", "Biopharma"),
    "食品-乳制品": ("乳业", "Dairy"),
    "零售业-连锁超市": ("商贸连锁", "Retail"),
    "信息技术-系统集成": ("信息技术", "Systems"),
}

SIZE_BANDS = ("0-50", "50-200", "200-500", "500-1000", "1000+")
SOURCES = ("website", "expo", "referral", "ads", "partner")
TAGS = ("重点客户", "老客户", "出口型", "专精特新", "key account", "reference", "price sensitive")
PAIN_POINTS = ("设备停机", "能耗高", "质量追溯", "人工巡检", "数据孤岛", "交期不稳")
INCUMBENTS = ("手工表格 / spreadsheets", "自研系统 / in-house system", "SAP", "西门子 Opcenter", "用友 U9")

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢"
GIVEN_NAMES = (
    "建国", "晓燕", "志强", "丽华", "俊杰", "雪梅", "海涛", "文静", "国栋", "美玲",
    "子轩", "思远", "雨桐", "浩然", "佳怡", "明哲", "秀英", "振华", "晨曦", "立新",
)  # fmt: skip
FIRST_NAMES = ("Oliver", "Sophie", "Marco", "Anneke", "James", "Priya", "Lars", "Chloe", "Wei Ling", "Tomas")
LAST_NAMES = ("Bennett", "de Vries", "Rossi", "Schmidt", "Tan", "Kowalski", "Martin", "Hughes", "Lim", "Berg")

# Title by decision role, in Chinese and in English, from the top of the decision chain down.
TITLES = {
    "DECISION_MAKER": ("总经理", "Managing Director"),
    "INFLUENCER": ("信息化总监", "Head of IT"),
    "USER": ("生产主管", "Production Supervisor"),
}

MESSAGES = (
    "想了解产线数据采集方案，请联系我。",
    "We would like a demonstration for our plant.",
    "请发送价格表和案例。",
    "Looking for predictive maintenance for about 40 machines.",
    "希望预约一次现场调研。",
)

FOLLOW_UPS = {
    "CALL": ("电话沟通需求", "Call about requirements", "发送方案建议书"),
    "VISIT": ("拜访客户，参观产线", "Visit to the plant", "整理调研报告"),
    "MEETING": ("方案评审会", "Solution review meeting", "确认商务条款"),
    "EMAIL": ("发送报价与资料", "Sent quote and brochure", "三天后电话跟进"),
    "DEMO": ("产品演示，反馈良好", "Product demonstration, well received", "准备试点计划"),
    "NOTE": ("客户关注实施周期", "Customer asks for the rollout time", "请项目经理排期"),
}

LOSS_REASONS = (
    "价格 / price",
    "竞争对手 / competitor",
    "预算取消 / budget withdrawn",
    "无决策 / no decision",
)

# Subject, what solved it.
TROUBLES = (
    ("网关离线，数据中断", "更换电源模块后恢复，已更新固件"),
    ("Dashboard shows no data since the update", "Cleared the cache of the collector and restarted it"),
    ("账号无法登录", "重置密码并启用双因素认证"),
    ("Report export fails with an error", "Fixed in release 4.2.1, installed for the customer"),
    ("振动传感器误报", "重新标定阈值，观察三天无误报"),
    ("Question about the annual maintenance contract", "Explained the service levels, sent the appendix"),
)
COMMENTS = {
    5: ("响应很快，非常满意", "Fast and friendly"),
    4: ("问题解决了", "Solved, thank you"),
    3: ("等待时间较长", "It took a while"),
    2: ("沟通不够及时", "I had to ask twice"),
}
