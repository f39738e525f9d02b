"""Fields that companies of some trades usually add to tickets."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("equipment_model", "text", "设备型号", "Equipment model"),
            Added("serial_number", "text", "序列号", "Serial number"),
            Added("line_stopped", "boolean", "产线停机", "Line stopped"),
            Added("pictures", "image", "现场照片", "Picture"),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added("system", "text", "系统", "System"),
            Added("release", "text", "版本", "Release"),
            Added(
                "environment",
                "single_select",
                "环境",
                "Environment",
                {
                    "options": [
                        {"value": "test", "zh": "测试", "en": "Test"},
                        {"value": "production", "zh": "生产", "en": "Production"},
                    ]
                },
            ),
            Added("affected_users", "integer", "受影响用户数", "Users affected", {"min": 0}),
        ),
    ),
}
