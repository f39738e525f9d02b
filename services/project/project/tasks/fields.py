"""What companies add to tasks, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from project.tasks.models import Task
from project.tasks.queries import TASKS
from roundel.project.v1.project_events_pb2 import CustomFieldsChanged

TASK_FIELDS = CustomFields(
    "Task",
    Task,
    TASKS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("projectId", "reference", "项目", "Project", required=True, settings={"object": "project"}),
        Standard("name", "text", "任务", "What is to be done", required=True),
        Standard("dueOn", "date", "截止日期", "Due on"),
        Standard("assigneeId", "employee", "负责人", "Assignee"),
    ),
)
