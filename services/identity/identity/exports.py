"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from identity.employees.graphql import EmployeeFilter, EmployeeOrder
from identity.employees.queries import EMPLOYEES
from identity.service_accounts.graphql import ServiceAccountFilter, ServiceAccountOrder
from identity.service_accounts.queries import SERVICE_ACCOUNTS
from identity.teams.graphql import TeamFilter, TeamOrder
from identity.teams.queries import TEAMS

EXPORTS = (
    exports("identity", "Employees", EMPLOYEES, filter=EmployeeFilter, order=EmployeeOrder),
    exports("identity", "Teams", TEAMS, filter=TeamFilter, order=TeamOrder),
    exports(
        "identity",
        "ServiceAccounts",
        SERVICE_ACCOUNTS,
        filter=ServiceAccountFilter,
        order=ServiceAccountOrder,
    ),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
