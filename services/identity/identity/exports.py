"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from identity.absences.queries import ABSENCES
from identity.api_keys.graphql import ApiKeyFilter, ApiKeyOrder
from identity.api_keys.queries import API_KEYS
from identity.calendars.graphql import WorkingCalendarFilter, WorkingCalendarOrder
from identity.calendars.queries import CALENDARS
from identity.employees.graphql import EmployeeFilter, EmployeeOrder
from identity.employees.queries import EMPLOYEES
from identity.service_accounts.graphql import ServiceAccountFilter, ServiceAccountOrder
from identity.service_accounts.queries import SERVICE_ACCOUNTS
from identity.teams.graphql import TeamFilter, TeamOrder
from identity.teams.queries import TEAMS

EXPORTS = (
    exports("identity", "Employees", EMPLOYEES, filter=EmployeeFilter, order=EmployeeOrder),
    exports("identity", "Absences", ABSENCES),
    exports("identity", "Teams", TEAMS, filter=TeamFilter, order=TeamOrder),
    exports(
        "identity",
        "ServiceAccounts",
        SERVICE_ACCOUNTS,
        filter=ServiceAccountFilter,
        order=ServiceAccountOrder,
    ),
    exports("identity", "ApiKeys", API_KEYS, filter=ApiKeyFilter, order=ApiKeyOrder),
    exports("identity", "Calendars", CALENDARS, filter=WorkingCalendarFilter, order=WorkingCalendarOrder),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
