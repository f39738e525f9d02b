"""Fields that companies of some trades usually add to contacts."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("plant", "text", "所在工厂", "Plant"),
            Added(
                "responsible_for",
                "multi_select",
                "负责领域",
                "Responsible for",
                {
                    "options": [
                        {"value": "production", "zh": "生产", "en": "Production"},
                        {"value": "purchasing", "zh": "采购", "en": "Purchasing"},
                        {"value": "quality", "zh": "质量", "en": "Quality"},
                        {"value": "maintenance", "zh": "设备维护", "en": "Maintenance"},
                    ]
                },
            ),
            Added("birthday", "date", "生日", "Birthday"),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added("systems", "tags", "负责系统", "Systems in charge of"),
            Added("technical_level", "rating", "技术水平", "Technical level"),
            Added("wechat", "text", "微信号", "WeChat"),
        ),
    ),
}
