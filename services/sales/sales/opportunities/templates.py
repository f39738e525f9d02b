"""Fields that companies of some trades usually add to opportunities."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("equipment_model", "text", "设备型号", "Equipment model"),
            Added("pieces", "integer", "数量", "Pieces", {"min": 1}),
            Added("delivery_wanted_on", "date", "期望交付日期", "Delivery wanted on"),
            Added("sample_needed", "boolean", "需要样机", "Sample needed"),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added("scope", "long_text", "实施范围", "Scope"),
            Added("users", "integer", "用户数", "Users", {"min": 1}),
            Added("interfaces", "tags", "需对接系统", "Systems to connect"),
            Added("go_live_on", "date", "计划上线日期", "Go-live planned on"),
        ),
    ),
}
