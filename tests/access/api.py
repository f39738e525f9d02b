"""What the API consists of: services, their root fields with policies, and the types with their rows."""

import importlib
from collections.abc import Iterator
from typing import Any

from chassis import testing
from chassis.database import Database
from chassis.graphql.policy import Policy
from chassis.service import Runtime, Service

SERVICES = (
    "identity",
    "customer",
    "marketing",
    "sales",
    "project",
    "service_desk",
    "finance",
    "automation",
    "insight",
)

# Every type that shows rows, with the module that defines it and the listing of its rows.
MAIN_TYPES = {
    "Customer": ("customer.companies.graphql", "customer.companies.queries.CUSTOMERS"),
    "Contact": ("customer.contacts.graphql", "customer.contacts.queries.CONTACTS"),
    "Interaction": ("customer.interactions.graphql", "customer.interactions.queries.INTERACTIONS"),
    "Lead": ("sales.leads.graphql", "sales.leads.queries.LEADS"),
    "Opportunity": ("sales.opportunities.graphql", "sales.opportunities.queries.OPPORTUNITIES"),
    "Quote": ("sales.quotes.graphql", "sales.quotes.queries.QUOTES"),
    "Contract": ("sales.contracts.graphql", "sales.contracts.queries.CONTRACTS"),
    "Campaign": ("marketing.campaigns.graphql", "marketing.campaigns.queries.CAMPAIGNS"),
    "Prospect": ("marketing.prospects.graphql", "marketing.prospects.queries.PROSPECTS"),
    "Touchpoint": ("marketing.touchpoints.graphql", "marketing.touchpoints.queries.TOUCHPOINTS"),
    "Project": ("project.projects.graphql", "project.projects.queries.PROJECTS"),
    "Milestone": ("project.milestones.graphql", "project.milestones.queries.MILESTONES"),
    "Task": ("project.tasks.graphql", "project.tasks.queries.TASKS"),
    "Ticket": ("service_desk.tickets.graphql", "service_desk.tickets.queries.TICKETS"),
    "Survey": ("service_desk.surveys.graphql", "service_desk.surveys.queries.SURVEYS"),
    "Receivable": ("finance.receivables.graphql", "finance.receivables.queries.RECEIVABLES"),
    "Invoice": ("finance.invoices.graphql", "finance.invoices.queries.INVOICES"),
    "Receipt": ("finance.receipts.graphql", "finance.receipts.queries.RECEIPTS"),
    "CreditLimit": ("finance.credit.graphql", "finance.credit.queries.CREDIT_LIMITS"),
    "Todo": ("automation.todos.entities", "automation.todos.queries.TODOS"),
    "KpiSource": ("insight.kpis.graphql", "insight.facts.queries.OPPORTUNITY_FACTS"),
    "TimelineEntry": ("insight.timeline.graphql", "insight.timeline.queries.HAPPENINGS"),
}


def service(name: str) -> Service:
    """Return a service as it is composed."""
    made: Service = importlib.import_module(f"{name}.__main__").make()
    return made


def runtime_of(made: Service) -> Runtime:
    """Return a runtime whose database is nowhere: whatever reads before it asks who may is found out."""
    kind: Any = made.settings
    nobody = {"admin_email": "a@example.org", "admin_password": "s" * 24, "key_encryption_secret": "s" * 40}
    own = {name: value for name, value in nobody.items() if name in kind.model_fields}
    given = kind.model_validate(testing.settings().model_dump() | own)
    return testing.runtime(Database("postgresql+asyncpg://127.0.0.1:9/nothing"), given=given)


def policies() -> Iterator[tuple[str, str, Policy]]:
    """Return every root field of every service with its policy."""
    for name in SERVICES:
        schema = service(name).schema()
        for root in filter(None, (schema.query, schema.mutation, schema.subscription)):
            for field in root.__strawberry_definition__.fields:  # type: ignore[attr-defined]
                if field.python_name.startswith("_"):
                    continue  # the federation's own
                [policy] = [each for each in field.extensions if isinstance(each, Policy)]
                yield name, field.python_name, policy


def fields_of(type: str, module: str) -> list[str]:
    """Return the fields of a type that are read from its own row, named as in the graph."""
    kind: Any = getattr(importlib.import_module(module), type)
    return [
        _camel(field.python_name)
        for field in kind.__strawberry_definition__.fields
        if field.base_resolver is None
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
