"""What we sell, and for how much from when on."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from sales.model import Model


class Product(Custom, Aggregate, Model):
    """Something we sell; its prices are rows of the price list."""

    __tablename__ = "product"
    __table_args__ = (
        Index(
            "ix_product_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
    )

    sku: Mapped[str] = mapped_column(String(100), unique=True, info=SEARCHED)
    name: Mapped[str] = mapped_column(String(200), index=True, info=SEARCHED)
    series: Mapped[str | None] = mapped_column(String(100), index=True)


class Price(Model):
    """The list price of a product from a day on, until the next one."""

    __tablename__ = "price"
    part_of = "product_id"
    __table_args__ = (CheckConstraint("amount >= 0", name="not_negative"),)

    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    amount: Mapped[Decimal]
    currency: Mapped[Currency]
