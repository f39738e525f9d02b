"""Nothing behind the root fields is without a policy: rpcs, entities, what services listen to."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, is_leaf_type

from chassis import testing
from chassis.access import ANONYMOUS, acting_as, replicas
from chassis.database import uuid7
from chassis.errors import DomainError
from chassis.rpc.server import RpcServer
from roundel.identity.v1 import identity_events_pb2 as identity
from tests.access.api import SERVICES, runtime_of, service

pytestmark = pytest.mark.feature("F108", "N8")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_hears_of_roles_people_teams_and_ended_sessions(name: str) -> None:
    told = {identity.PrincipalChanged, identity.TeamPlaced, identity.RoleDefined, identity.SessionEnded}

    assert told <= set(service(name).handlers)
    assert replicas.told(service(name).handlers)  # so that nobody has rights there before


@pytest.mark.parametrize("name", SERVICES)
async def test_every_rpc_has_a_policy(name: str) -> None:
    made, runtime = service(name), runtime_of(service(name))
    server = RpcServer(testing.settings(), runtime.verifier)

    for add, servicer in made.rpc(runtime) if made.rpc else ():
        server.add(add, servicer)  # raises for an rpc that declares none


@pytest.mark.parametrize("name", SERVICES)
async def test_an_entity_shows_nobody_more_than_its_key(name: str) -> None:
    made, runtime = service(name), runtime_of(service(name))
    schema = made.schema()
    union = schema._schema.type_map.get("_Entity")
    for kind in union.types if union else ():  # type: ignore[attr-defined]
        for field, selected in _fields(kind):
            key = {"__typename": str(kind), "id": str(uuid7())}
            query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on %s { %s } } }"
            with acting_as(ANONYMOUS):
                answer = await schema.execute(
                    query % (kind, selected),
                    variable_values={"r": [key]},
                    context_value=made.context(runtime, ANONYMOUS),
                )
            refused = [error.original_error for error in answer.errors or ()]
            shown = ((answer.data or {}).get("_entities", [None])[0] or {}).get(field)
            if refused:
                assert all(isinstance(each, DomainError) for each in refused), (kind, field, answer)
                assert {each.code for each in refused} == {"UNAUTHENTICATED"}, (kind, field, answer)  # type: ignore[union-attr]
            else:
                assert shown is None or shown == key["id"] or set(shown) == {"__typename"}, (kind, field)


def _fields(kind: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    """The fields that can be asked without arguments, each with what to select."""
    for field, told in kind.fields.items():
        if any(isinstance(each.type, GraphQLNonNull) for each in told.args.values()):
            continue
        inner = told.type
        while isinstance(inner, GraphQLNonNull | GraphQLList):
            inner = inner.of_type
        yield field, field if is_leaf_type(inner) else f"{field} {{ __typename }}"
