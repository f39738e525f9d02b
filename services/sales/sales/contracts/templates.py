"""Fields that companies of some trades usually add to contracts."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("delivery_address", "address", "交货地址", "Delivery address"),
            Added("warranty_months", "integer", "质保期（月）", "Warranty (months)", {"min": 0, "max": 240}),
            Added(
                "incoterm",
                "single_select",
                "贸易术语",
                "Trade term",
                {"options": ["EXW", "FCA", "CIF", "DAP", "DDP"]},
            ),
            Added("retention", "percent", "质保金比例", "Retention"),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added(
                "service_level",
                "single_select",
                "服务等级",
                "Service level",
                {
                    "options": [
                        {"value": "standard", "zh": "标准", "en": "Standard"},
                        {"value": "premium", "zh": "高级", "en": "Premium"},
                        {"value": "critical", "zh": "关键", "en": "Critical"},
                    ]
                },
            ),
            Added("response_time", "duration", "响应时间", "Response time"),
            Added("renews", "boolean", "自动续约", "Renews by itself"),
            Added("data_location", "text", "数据存放地", "Where the data is kept"),
        ),
    ),
}
