"""The roles that are shipped and what each may do: the whole list, to be read top to bottom.

A line is `objects: actions (scopes)`, objects and actions may be `*`; without scopes it is about all rows.
What no role of a caller grants is denied. They are the beginning: what an administrator changes stays
changed.
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


def _grants(*lines: str | dict[str, Any]) -> dict[str, Any]:
    """Read lines like "lead: read create (own shared)" into a definition; without a scope it is all."""
    return {"version": 1, "grants": [_grant(line) if isinstance(line, str) else line for line in lines]}


def _grant(line: str) -> dict[str, Any]:
    what, _, scopes = line.rstrip(")").partition(" (")
    objects, _, actions = what.partition(":")
    return {
        "objects": sorted(objects.split()),
        "actions": sorted(actions.split()),
        "scopes": sorted(scopes.split()) or ["all"],
    }


def _where(line: str, field: str, operator: str, value: str | None = None) -> dict[str, Any]:
    """Read a line into a grant for the rows that meet one rule."""
    rule = {"field": field, "operator": operator} | ({} if value is None else {"value": value})
    return {**_grant(line), "scopes": [{"condition": {"version": 2, "rules": [rule]}}]}


def _inbox(role: str) -> dict[str, Any]:
    """What is to be done by whoever of the role takes it."""
    return _where("todo: read", "role", "eq", role)


_POOL = ("ownerId", "isEmpty")  # leads that nobody has yet

# Names and terms that nobody owns, and that whoever deals with customers needs.
_TERMS = "campaign pipeline product: read"

# The customer seen whole (360°), for whose work knows no owner.
_CUSTOMER_VIEW = (
    "customer contact interaction timeline campaign touchpoint prospect lead opportunity pipeline: read",
    "product quote contract project milestone ticket survey: read",
    "receivable invoice receipt credit_limit: read",
)
_FOLLOW_UP = ("customer contact interaction: create update",)


def _sales(reach: str) -> tuple[str | dict[str, Any], ...]:
    """What sales does, for the customers and deals within reach: all of the 360° of these, not of others."""
    return (
        _TERMS,
        f"customer contact interaction lead opportunity quote contract: read ({reach} shared)",
        f"timeline touchpoint prospect project milestone ticket survey: read ({reach})",
        f"receivable invoice receipt credit_limit kpi: read ({reach})",
        _where("lead: read", *_POOL),
        f"customer contact interaction: create update ({reach} shared)",
        f"lead: create update assign convert ({reach} shared)",
        f"opportunity: create update ({reach} shared)",
        f"quote: create update submit accept ({reach} shared)",
        f"contract: create update sign ({reach} shared)",
        f"customer lead opportunity contract: share ({reach})",
        "ticket: create",
    )


ROLES = {
    role.name: role
    for role in (
        # Every employee has it, whatever the others: who works here and when, and one's own to-dos.
        ShippedRole(
            EVERYBODY,
            "所有员工",
            "Everybody",
            _grants("employee team calendar: read", "todo: create", "todo: read (own)"),
        ),
        ShippedRole(ADMINISTRATOR, "系统管理员", "Administrator", _grants("*: *")),
        ShippedRole("executive", "高管", "Executive", _grants("*: read export")),
        ShippedRole(
            "sales_manager",
            "销售经理",
            "Sales manager",
            _grants(
                *_sales("subtree"),
                _where("lead: assign", *_POOL),
                "lead opportunity customer contact: import",
                "customer contact: merge (subtree)",
                "customer contact interaction lead opportunity quote contract: export (subtree)",
                "product pipeline assignment_rule: read create update import",
                "todo: read update (subtree)",
                _inbox("sales_manager"),
            ),
        ),
        ShippedRole("salesperson", "销售", "Salesperson", _grants(*_sales("own"), _inbox("salesperson"))),
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
                _inbox("marketer"),
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
                "project: share import",
                "ticket: create",
                _inbox("project_manager"),
            ),
        ),
        ShippedRole(
            "agent",
            "客服",
            "Service agent",
            _grants(
                *_CUSTOMER_VIEW,
                "contact interaction: create update",
                "ticket: create update assign resolve reopen share",
                "survey: create",
                _inbox("agent"),
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
                "todo: read update (subtree)",
                _inbox("service_manager"),
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
                _inbox("accountant"),
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
