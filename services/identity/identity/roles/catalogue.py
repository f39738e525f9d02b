"""The roles that are shipped and what each may do: the whole list, to be read top to bottom.

A line is `objects: actions`, either may be `*`. What no role of a caller grants is denied. They are the
beginning: what an administrator changes stays changed.
"""

from dataclasses import dataclass
from typing import Any

ADMINISTRATOR = "administrator"
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class ShippedRole:
    """A name for what somebody's work needs; the definition is what chassis.access.roles parses."""

    name: str
    title: str
    title_en: str
    definition: dict[str, Any]


def _grants(*lines: str) -> dict[str, Any]:
    """Read lines like "lead: read create" into a definition."""
    grants = []
    for line in lines:
        objects, _, actions = line.partition(":")
        grants.append(
            {"objects": sorted(objects.split()), "actions": sorted(actions.split()), "scopes": ["all"]}
        )
    return {"version": 1, "grants": grants}


# The customer seen whole (360°): everybody who deals with customers.
_CUSTOMER_VIEW = (
    "customer contact interaction timeline campaign touchpoint prospect lead opportunity pipeline: read",
    "product quote contract project milestone ticket survey: read",
    "receivable invoice receipt credit_limit: read",
)
_FOLLOW_UP = ("customer contact interaction: create update",)

_SALES = (
    *_CUSTOMER_VIEW,
    *_FOLLOW_UP,
    "kpi: read",
    "lead: create update assign convert",
    "opportunity: create update",
    "quote: create update submit accept",
    "contract: create update sign",
    "ticket: create",
)

ROLES = {
    role.name: role
    for role in (
        # Every employee has it, whatever the others: who works here and when, and one's own to-dos.
        ShippedRole(
            EVERYBODY, "所有员工", "Everybody", _grants("employee team calendar: read", "todo: read create")
        ),
        ShippedRole(ADMINISTRATOR, "系统管理员", "Administrator", _grants("*: *")),
        ShippedRole("executive", "高管", "Executive", _grants("*: read")),
        ShippedRole(
            "sales_manager",
            "销售经理",
            "Sales manager",
            _grants(
                *_SALES,
                "lead opportunity customer contact: import",
                "product pipeline assignment_rule: read create update import",
                "todo: update",
            ),
        ),
        ShippedRole("salesperson", "销售", "Salesperson", _grants(*_SALES)),
        ShippedRole(
            "marketer",
            "市场专员",
            "Marketer",
            _grants(
                *_CUSTOMER_VIEW,
                "kpi: read",
                "campaign touchpoint: create update import",
                "prospect: create update import qualify",
                "intake_form: read create update publish",
                "lead: create",
            ),
        ),
        ShippedRole(
            "project_manager",
            "项目经理",
            "Project manager",
            _grants(
                *_CUSTOMER_VIEW,
                "interaction: create",
                "project milestone: create update accept",
                "ticket: create",
            ),
        ),
        ShippedRole(
            "agent",
            "客服",
            "Service agent",
            _grants(
                *_CUSTOMER_VIEW,
                "contact interaction: create update",
                "ticket: create update assign resolve reopen",
                "survey: create",
            ),
        ),
        ShippedRole(
            "service_manager",
            "客服经理",
            "Service manager",
            _grants(
                *_CUSTOMER_VIEW,
                *_FOLLOW_UP,
                "kpi: read",
                "ticket survey: *",
                "todo: update",
            ),
        ),
        ShippedRole(
            "accountant",
            "财务",
            "Accountant",
            _grants(
                *_CUSTOMER_VIEW,
                "kpi: read",
                "receivable invoice receipt credit_limit: *",
            ),
        ),
        ShippedRole("auditor", "审计员", "Auditor", _grants("*: read")),
        ShippedRole(
            "integration",
            "系统集成",
            "Integration",
            _grants(
                "employee team: read",
                "customer contact interaction: read create update import",
                "prospect touchpoint: read create import",
                "lead opportunity: read create update import",
                "product campaign: read",
                "ticket: read create",
            ),
        ),
    )
}
