"""Subscriptions: a service declares which of its events change what; the gateway serves them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry
from google.protobuf.message import Message
from strawberry.annotation import StrawberryAnnotation
from strawberry.federation.schema_directive import Location, schema_directive
from strawberry.types.arguments import StrawberryArgument

from chassis.graphql.policy import Granted, Policy


@schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="live",
    compose=True,
    import_url="https://specs.roundel.example/live/v1.0",
)
class Live:
    """Tells the gateway about one field; see `live`."""

    events: list[str]
    id: str | None = strawberry.UNSET
    caller: list[str] | None = strawberry.UNSET
    needs: str | None = strawberry.UNSET


def live(
    policy: Policy,
    events: Sequence[type[Message]],
    *,
    description: str,
    arguments: Mapping[str, Any] | None = None,
    id: str = strawberry.UNSET,
    caller: Sequence[str] = (),
) -> Any:
    """Declare a subscription field; its type must have `@key(fields: "id")` and a `resolve_reference`.

    An event tells of the entity that is its subject, or that its field `id` names. Each argument that is
    given must equal the event's field of that name, the argument `id` the entity's. Of the fields in
    `caller`, one must be the id or a role of whoever subscribes.
    """
    directive = Live(
        events=[event.DESCRIPTOR.full_name for event in events],
        id=id,
        caller=list(caller) or strawberry.UNSET,
        needs=f"{policy.noun}:{policy.action}" if isinstance(policy, Granted) else strawberry.UNSET,
    )
    field: Any = strawberry.subscription(description=description, directives=[directive], extensions=[policy])
    field.arguments = [
        StrawberryArgument(python_name=name, graphql_name=None, type_annotation=StrawberryAnnotation(kind))
        for name, kind in (arguments or {}).items()
    ]
    return field


def changed(policy: Policy, *events: type[Message], description: str, id: str = strawberry.UNSET) -> Any:
    """Declare the subscription field that tells of every change of the entity with a given id."""
    return live(policy, events, description=description, arguments={"id": UUID}, id=id)
