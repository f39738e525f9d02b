"""What companies add to contracts, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from roundel.sales.v1.sales_events_pb2 import CustomFieldsChanged
from sales.contracts.models import Contract
from sales.contracts.queries import CONTRACTS
from sales.contracts.templates import TEMPLATES

CONTRACT_FIELDS = CustomFields(
    "Contract",
    Contract,
    CONTRACTS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("quoteId", "reference", "报价单", "Quote", settings={"object": "quote"}),
        Standard("customerId", "reference", "客户", "Customer", settings={"object": "customer"}),
        Standard("title", "text", "标题", "Title"),
        Standard("startsOn", "date", "生效日期", "First day"),
        Standard("endsOn", "date", "到期日期", "Last day"),
    ),
    templates=TEMPLATES,
)
