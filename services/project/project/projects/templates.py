"""Fields that companies of some trades usually add to projects."""

from collections.abc import Mapping

from chassis.fields.templates import Added, Template

TEMPLATES: Mapping[str, Template] = {
    "manufacturing": Template(
        "制造业",
        "Manufacturing",
        (
            Added("site_address", "address", "安装地址", "Site of installation"),
            Added("equipment_serials", "tags", "设备序列号", "Serial numbers"),
            Added("shutdown_window", "text", "停机窗口", "Shutdown window"),
            Added("safety_briefing_on", "date", "安全交底日期", "Safety briefing on"),
        ),
    ),
    "it_services": Template(
        "IT服务",
        "IT services",
        (
            Added(
                "environments",
                "multi_select",
                "环境",
                "Environments",
                {
                    "options": [
                        {"value": "development", "zh": "开发", "en": "Development"},
                        {"value": "test", "zh": "测试", "en": "Test"},
                        {"value": "production", "zh": "生产", "en": "Production"},
                    ]
                },
            ),
            Added("go_live_on", "date", "上线日期", "Go-live on"),
            Added("data_migration", "boolean", "数据迁移", "Data migration"),
            Added("repository", "url", "文档库", "Repository"),
        ),
    ),
}
