"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from identity.absences.graphql import AbsenceMutations
from identity.api_keys.graphql import ApiKeyMutations, ApiKeyQueries
from identity.calendars.graphql import CalendarMutations, CalendarQueries
from identity.employees.fields import EMPLOYEE_FIELDS
from identity.employees.graphql import EmployeeMutations, EmployeeQueries, EmployeeSubscriptions
from identity.employees.importing import EmployeeImport
from identity.exports import EXPORTS
from identity.imports import IMPORTS
from identity.people import Employee
from identity.roles.graphql import RoleMutations, RoleQueries
from identity.service_accounts.graphql import ServiceAccountMutations, ServiceAccountQueries
from identity.sessions.graphql import SessionMutations, SessionQueries
from identity.signing_keys.graphql import SigningKeyMutations
from identity.teams.graphql import TeamMutations, TeamQueries
from identity.trail import TRAIL


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            EMPLOYEE_FIELDS.queries(),
            TRAIL.queries(),
            EmployeeQueries,
            TeamQueries,
            RoleQueries,
            SessionQueries,
            ServiceAccountQueries,
            ApiKeyQueries,
            CalendarQueries,
            *(each.queries for each in IMPORTS),
        ),
        mutation=join(
            "Mutation",
            EMPLOYEE_FIELDS.mutations(Employee),
            SessionMutations,
            EmployeeMutations,
            EmployeeImport,
            AbsenceMutations,
            TeamMutations,
            RoleMutations,
            CalendarMutations,
            ServiceAccountMutations,
            ApiKeyMutations,
            SigningKeyMutations,
            *(each.mutations for each in (*IMPORTS, *EXPORTS)),
        ),
        subscription=join("Subscription", EmployeeSubscriptions),
    )
