"""What companies add to receivables, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard, choices
from finance.receivables.models import Receivable
from finance.receivables.queries import RECEIVABLES
from roundel.finance.v1.finance_events_pb2 import CustomFieldsChanged

RECEIVABLE_FIELDS = CustomFields(
    "Receivable",
    Receivable,
    RECEIVABLES,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("name", "text", "款项名称", "Name", read_only=True),
        Standard("position", "integer", "期次", "Instalment", read_only=True),
        Standard(
            "customer", "reference", "客户", "Customer", settings={"object": "customer"}, read_only=True
        ),
        Standard("contractNumber", "text", "合同编号", "Contract number", read_only=True),
        Standard(
            "contract", "reference", "合同", "Contract", settings={"object": "contract"}, read_only=True
        ),
        Standard(
            "status",
            "single_select",
            "状态",
            "Status",
            settings=choices(
                SCHEDULED=("待收款", "Scheduled"),
                PARTLY_PAID=("部分收款", "Partly paid"),
                SETTLED=("已结清", "Settled"),
                VOID=("已作废", "Void"),
            ),
            read_only=True,
        ),
        Standard("dueOn", "date", "到期日", "Due on", read_only=True),
        Standard("amount", "money", "应收金额", "Amount", read_only=True),
        Standard("outstanding", "money", "未收金额", "Outstanding", read_only=True),
    ),
)
