"""What companies add to companies, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from customer.companies.models import Customer
from customer.companies.queries import CUSTOMERS

CUSTOMER_FIELDS = CustomFields(
    "Customer",
    Customer,
    CUSTOMERS,
    standard=(
        Standard("name", "text", "名称", "Name", required=True),
        Standard("profile.registrationNumber", "uscc", "统一社会信用代码", "Registration number"),
        Standard("profile.industry", "text", "行业", "Industry"),
        Standard("profile.region", "text", "地区", "Region"),
    ),
)
