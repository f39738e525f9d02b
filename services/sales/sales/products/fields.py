"""What companies add to products, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from roundel.sales.v1.sales_events_pb2 import CustomFieldsChanged
from sales.products.models import Product
from sales.products.queries import PRODUCTS

PRODUCT_FIELDS = CustomFields(
    "Product",
    Product,
    PRODUCTS,
    told_by=CustomFieldsChanged,
    standard=(
        Standard("sku", "text", "产品编号", "Number", required=True),
        Standard("name", "text", "名称", "Name", required=True),
        Standard("listPrice", "money", "标价", "List price", required=True),
        Standard("series", "text", "系列", "Series"),
        Standard("validFrom", "date", "价格生效日", "Price valid from"),
    ),
)
