"""Subscriptions as a service declares them."""

from uuid import UUID

import pytest
import strawberry
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.graphql.live import changed, live
from chassis.graphql.policy import Granted, SignedIn
from chassis.graphql.schema import build


@strawberry.federation.type(keys=["id"])
class Thing:
    id: UUID


@strawberry.type
class Query:
    @strawberry.field(extensions=[SignedIn()])
    async def thing(self, id: UUID) -> Thing:
        return Thing(id=id)


@strawberry.type
class Subscription:
    things: Thing = live(
        SignedIn(), [Timestamp], description="-", arguments={"line_up": str | None}, caller=["ownerId"]
    )
    thing_changed: Thing = changed(Granted("thing", "read"), Timestamp, description="-", id="thingId")


def test_the_schema_tells_the_gateway_which_events_change_a_field() -> None:
    sdl = " ".join(build(query=Query, subscription=Subscription).as_str().split())
    event = '@live(events: ["google.protobuf.Timestamp"]'
    assert f'things(lineUp: String): Thing! {event}, caller: ["ownerId"])' in sdl
    assert f'thingChanged(id: ID!): Thing! {event}, id: "thingId", needs: "thing:read")' in sdl
    assert '@composeDirective(name: "@live")' in sdl


def test_a_subscription_without_a_policy_stops_the_start() -> None:
    @strawberry.type
    class Careless:
        thing: Thing = strawberry.subscription(description="-")

    with pytest.raises(TypeError, match=r"Careless\.thing needs exactly one policy"):
        build(query=Query, subscription=Careless)
