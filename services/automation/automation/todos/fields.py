"""What companies add to todos, and the form to enter it with."""

from automation.todos.models import Todo
from automation.todos.queries import TODOS
from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from roundel.automation.v1.automation_events_pb2 import CustomFieldsChanged

TODO_FIELDS = CustomFields(
    "Todo",
    Todo,
    TODOS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("title", "text", "事项", "What is to be done", required=True),
        Standard("assigneeId", "employee", "负责人", "Assignee"),
        Standard("role", "text", "角色", "Role"),
        Standard("dueAt", "datetime", "截止时间", "Due"),
        Standard("customerId", "reference", "客户", "Customer", settings={"object": "customer"}),
    ),
)
