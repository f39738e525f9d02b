"""What each role may do: the whole list, to be read top to bottom.

A grant is `noun:action`, either part may be `*`. What no role of a caller grants is denied.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.errors import Invalid

ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Role:
    """A name for what somebody's work needs."""

    name: str
    title: str
    title_en: str
    grants: frozenset[str]


def _grants(*lines: str) -> frozenset[str]:
    """Read lines like "lead: read create" into grants."""
    found = set()
    for line in lines:
        nouns, _, actions = line.partition(":")
        found |= {f"{noun}:{action}" for noun in nouns.split() for action in actions.split()}
    return frozenset(found)


# Every employee, whatever the roles: who works here, and one's own to-dos.
EVERYBODY = _grants("employee team: read", "todo: read create")

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
        Role(ADMINISTRATOR, "系统管理员", "Administrator", _grants("*: *")),
        Role("executive", "高管", "Executive", _grants("*: read")),
        Role(
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
        Role("salesperson", "销售", "Salesperson", _grants(*_SALES)),
        Role(
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
        Role(
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
        Role(
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
        Role(
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
        Role(
            "accountant",
            "财务",
            "Accountant",
            _grants(
                *_CUSTOMER_VIEW,
                "kpi: read",
                "receivable invoice receipt credit_limit: *",
            ),
        ),
        Role("auditor", "审计员", "Auditor", _grants("*: read")),
        Role(
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


def known(roles: Iterable[str]) -> list[str]:
    """Return the roles, each once; raise Invalid for one that is not in the list."""
    named = sorted(set(roles))
    if unknown := [role for role in named if role not in ROLES]:
        raise Invalid(
            f"There is no role {', '.join(unknown)}; there are {', '.join(ROLES)}", path=("input", "roles")
        )
    return named


def grants_of(roles: Iterable[str]) -> frozenset[str]:
    """Return all that the roles grant; a role that is no longer in the list grants nothing."""
    return frozenset().union(*(ROLES[role].grants for role in roles if role in ROLES))
