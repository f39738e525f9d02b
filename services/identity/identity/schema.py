"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from identity.employees.graphql import EmployeeMutations, EmployeeQueries, EmployeeSubscriptions
from identity.employees.importing import EmployeeImport
from identity.exports import EXPORTS
from identity.roles.graphql import RoleQueries
from identity.service_accounts.graphql import ServiceAccountMutations, ServiceAccountQueries
from identity.sessions.graphql import SessionMutations
from identity.signing_keys.graphql import SigningKeyMutations
from identity.teams.graphql import TeamMutations, TeamQueries


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join("Query", EmployeeQueries, TeamQueries, RoleQueries, ServiceAccountQueries),
        mutation=join(
            "Mutation",
            SessionMutations,
            EmployeeMutations,
            EmployeeImport,
            TeamMutations,
            ServiceAccountMutations,
            SigningKeyMutations,
            *(each.mutations for each in EXPORTS),
        ),
        subscription=join("Subscription", EmployeeSubscriptions),
    )
