"""Fields that companies of some trades usually add to companies."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("site_address", "address", "厂区地址", "Site address"),
            Added(
                "environment",
                "multi_select",
                "现场环境",
                "Environment",
                {
                    "options": [
                        {"value": "cleanroom", "zh": "洁净室", "en": "Clean room"},
                        {"value": "humid", "zh": "潮湿", "en": "Humid"},
                        {"value": "hot", "zh": "高温", "en": "Hot"},
                        {"value": "dusty", "zh": "粉尘", "en": "Dusty"},
                        {"value": "explosive", "zh": "防爆", "en": "Explosive atmosphere"},
                    ]
                },
            ),
            Added("equipment_models", "tags", "设备型号", "Equipment models"),
            Added("production_lines", "integer", "产线数量", "Production lines", {"min": 0}),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added("it_architecture", "long_text", "IT架构", "IT architecture"),
            Added(
                "hosting",
                "single_select",
                "部署方式",
                "Hosting",
                {
                    "options": [
                        {"value": "on_premises", "zh": "本地部署", "en": "On premises"},
                        {"value": "cloud", "zh": "公有云", "en": "Public cloud"},
                        {"value": "hybrid", "zh": "混合云", "en": "Hybrid"},
                    ]
                },
            ),
            Added(
                "budget_cycle",
                "single_select",
                "预算周期",
                "Budget cycle",
                {
                    "options": [
                        {"value": "yearly", "zh": "每年", "en": "Yearly"},
                        {"value": "half_yearly", "zh": "每半年", "en": "Half-yearly"},
                        {"value": "quarterly", "zh": "每季度", "en": "Quarterly"},
                    ]
                },
            ),
            Added(
                "security_level",
                "single_select",
                "等保级别",
                "Security level",
                {"options": ["1", "2", "3", "4"]},
            ),
        ),
    ),
}
