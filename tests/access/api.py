"""What the API consists of: services, their root fields with policies, and the types with their rows."""

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from chassis import testing
from chassis.access import scope
from chassis.database import Aggregate, Database
from chassis.graphql.policy import Policy
from chassis.listing import Listing
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

# Types that show rows of no aggregate.
SHOWN_BESIDE = {
    "KpiSource": ("insight.kpis.graphql", "insight.facts.queries.OPPORTUNITY_FACTS"),
    "TimelineEntry": ("insight.timeline.graphql", "insight.timeline.queries.HAPPENINGS"),
}
RENAMED = {"Calendar": "WorkingCalendar"}  # aggregates that the graph calls otherwise


class Shown(NamedTuple):
    """A type of the graph that shows rows: the class in its home service, and the listing of the rows."""

    name: str
    type: Any
    listing: Listing


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
    """Return every root field of every service, named as in the graph, with its policy."""
    for name in SERVICES:
        schema = service(name).schema()
        for root in filter(None, (schema.query, schema.mutation, schema.subscription)):
            for field in root.__strawberry_definition__.fields:  # type: ignore[attr-defined]
                if field.python_name.startswith("_"):
                    continue  # the federation's own
                [policy] = [each for each in field.extensions if isinstance(each, Policy)]
                yield name, schema.config.name_converter.from_field(field), policy


def aggregates() -> Iterator[type[Aggregate]]:
    """Return the class of every aggregate of every service."""
    for name in SERVICES:
        service(name).schema()
    waiting: list[type[Aggregate]] = [Aggregate]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.partition(".")[0] in SERVICES:
                yield kind


@cache
def shown() -> tuple[Shown, ...]:
    """Return every type that shows rows of a listing."""
    found = []
    for kind in aggregates():
        listing = scope.OF_TABLES.get(kind.__table__)  # type: ignore[attr-defined]
        name = RENAMED.get(kind.__name__, kind.__name__)
        home = service(kind.__module__.partition(".")[0]).schema()
        type = home.schema_converter.type_map.get(name)
        if isinstance(listing, Listing) and type is not None:
            found.append(Shown(name, type.definition.origin, listing))  # type: ignore[union-attr]
    for name, (module, path) in SHOWN_BESIDE.items():
        place, _, what = path.rpartition(".")
        listing = getattr(importlib.import_module(place), what)
        found.append(Shown(name, getattr(importlib.import_module(module), name), listing))
    return tuple(sorted(found))


def fields_of(type: Any) -> list[str]:
    """Return the fields of a type that are read from its own row, named as in the graph."""
    return [
        _camel(field.python_name)
        for field in type.__strawberry_definition__.fields
        if field.base_resolver is None
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
