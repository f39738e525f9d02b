"""What companies add to projects, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from project.projects.models import Project
from project.projects.queries import PROJECTS
from project.projects.templates import TEMPLATES
from roundel.project.v1.project_events_pb2 import CustomFieldsChanged

_DAYS = ("日期", "Days")

PROJECT_FIELDS = CustomFields(
    "Project",
    Project,
    PROJECTS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("name", "text", "项目名称", "Name", read_only=True),
        Standard("contractNumber", "text", "合同编号", "Contract number", read_only=True),
        Standard(
            "customer", "reference", "客户", "Customer", settings={"object": "customer"}, read_only=True
        ),
        Standard("manager", "employee", "项目经理", "Manager", read_only=True),
        Standard(
            "status",
            "single_select",
            "状态",
            "Status",
            settings=choices(
                PLANNED=("未开始", "Planned"), RUNNING=("进行中", "Running"), ACCEPTED=("已验收", "Accepted")
            ),
            read_only=True,
        ),
        Standard("startsOn", "date", "开始日期", "First day", section=_DAYS, read_only=True),
        Standard("endsOn", "date", "计划完成日期", "To be delivered by", section=_DAYS, read_only=True),
        Standard("acceptedOn", "date", "验收日期", "Accepted on", section=_DAYS, read_only=True),
    ),
    templates=TEMPLATES,
)
