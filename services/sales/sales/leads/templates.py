"""Fields that companies of some trades usually add to leads."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "qualification": Template(
        "商机甄别",
        "BANT",
        (
            Added("decision_chain", "long_text", "决策链", "Decision chain"),
            Added(
                "budget_band",
                "number_band",
                "预算（万元）",
                "Budget (10 000 CNY)",
                {"bands": ["0-10", "10-50", "50-200", "200+"]},
            ),
            Added("competitors", "tags", "竞争对手", "Competitors"),
            Added("decision_date", "date", "预计决策日期", "Decision expected on"),
        ),
    ),
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("site_address", "address", "厂区地址", "Site address"),
            Added("equipment_model", "text", "设备型号", "Equipment model"),
            Added("yearly_output", "integer", "年产量", "Yearly output", {"min": 0}),
            Added("pain_points", "tags", "痛点", "Pain points"),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added("present_system", "text", "现有系统", "Present system"),
            Added(
                "users_band",
                "number_band",
                "用户数",
                "Users",
                {"bands": ["0-50", "50-200", "200-1000", "1000+"]},
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
        ),
    ),
}
