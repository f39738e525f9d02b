"""What companies add to employees, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from identity.employees.models import Employee
from identity.employees.queries import EMPLOYEES
from roundel.identity.v1.identity_events_pb2 import CustomFieldsChanged

EMPLOYEE_FIELDS = CustomFields(
    "Employee",
    Employee,
    EMPLOYEES,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("email", "email", "邮箱", "E-mail", required=True),
        Standard("name", "text", "姓名", "Name", required=True),
        Standard("teamId", "team", "团队", "Team"),
        Standard("roles", "tags", "角色", "Roles"),
    ),
)
