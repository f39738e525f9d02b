"""A service's part of the graph."""

from collections.abc import Iterable
from typing import Any, Literal

import strawberry
from strawberry.federation import Schema
from strawberry.federation.schema_directives import Tag
from strawberry.schema.config import StrawberryConfig

from chassis.graphql.compiled_inputs import quicken
from chassis.graphql.policy import Policy, Public
from chassis.graphql.values import SCALARS

FEDERATION_VERSION: Literal["2.9"] = "2.9"  # the newest that the composition library knows


def build(
    *,
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[type] = (),
) -> Schema:
    """Return the schema; raise TypeError for a root field that declares no policy."""
    for root in filter(None, (query, mutation, subscription)):
        _check_policies(root)
    return quicken(
        Schema(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=list(types),
            federation_version=FEDERATION_VERSION,
            scalar_overrides=SCALARS,
            config=StrawberryConfig(auto_camel_case=True),
        )
    )


def join(name: str, *parts: type) -> type:
    """Return one root type out of the nouns' parts, e.g. `join("Query", LeadQueries, QuoteQueries)`."""
    return strawberry.type(type(name, parts, {}))


def _check_policies(root: Any) -> None:
    for field in root.__strawberry_definition__.fields:
        policies = [extension for extension in field.extensions if isinstance(extension, Policy)]
        if len(policies) != 1:
            raise TypeError(f"{root.__name__}.{field.name} needs exactly one policy, e.g. Granted(…)")
        tagged = any(isinstance(found, Tag) and found.name == "public" for found in field.directives)
        if tagged != isinstance(policies[0], Public):
            raise TypeError(f'{root.__name__}.{field.name}: Public() and tags=["public"] go together')
