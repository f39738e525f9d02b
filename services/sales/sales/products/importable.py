"""Products in files."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Invalid
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, first_of, known_by
from chassis.money import Money
from sales.products import commands
from sales.products.models import Product
from sales.products.queries import price_lists

CURRENCY = "CNY"  # of prices that name none
_PRICE = "price from "


def _price(row: Values) -> Money | None:
    return Money(row["list_price"], row.get("currency", CURRENCY)) if "list_price" in row else None


async def _create(session: AsyncSession, row: Values) -> Product:
    price = _price(row)
    if price is None:
        raise Invalid("is missing", path=("list_price",))
    return await commands.list_product(
        session,
        sku=row["sku"],
        name=row["name"],
        list_price=price,
        series=row.get("series"),
        valid_from=row.get("valid_from"),
        custom=row.get("custom"),
    )


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Product:
    id, values = row
    product = await session.get_one(Product, id)
    series = values.get("series", product.series)
    product = await commands.change_product(session, id, name=values["name"], series=series)
    price = _price(values)
    if price is None:
        return product
    return await commands.set_price(session, id, list_price=price, valid_from=values.get("valid_from"))


async def _prices(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    lists = await price_lists(session, ids)
    return {
        id: {_PRICE + str(day): [str(price.amount), price.currency] for day, price in prices.items()}
        for id, prices in lists.items()
    }


async def _restore(session: AsyncSession, product: Product, values: Values) -> None:
    own = {name: values.pop(name, getattr(product, name)) for name in ("name", "series")}
    await commands.change_product(session, product.id, **own)
    prices = {
        date.fromisoformat(name.removeprefix(_PRICE)): price and Money(Decimal(price[0]), price[1])
        for name, price in values.items()
    }
    if prices:
        await commands.restore_prices(session, product, prices)


IMPORTABLE_PRODUCTS = Importable(
    noun="product",
    name="Product",
    plural="products",
    model=Product,
    fields=(
        Field(
            "sku",
            ("产品编号", "货号", "编号", "product number", "code"),
            required=True,
            rules=("width",),
            longest=100,
        ),
        Field("name", ("产品名称", "名称", "product"), required=True, rules=("spaces",), longest=200),
        Field("series", ("系列", "分类", "category"), rules=("spaces",), longest=100),
        Field("list_price", ("标价", "单价", "价格", "price", "sales price"), kind="decimal"),
        Field("currency", ("币种",), rules=("width", "upper"), longest=3),
        Field("valid_from", ("生效日期", "from"), kind="date"),
    ),
    key=first_of("sku"),
    known=known_by(sku=Product.sku),
    create=each(_create),
    update=changing(_update),
    remove=commands.remove_product,
    restore=_restore,
    parts=_prices,
)

PRODUCT_IMPORTS = imports("sales", IMPORTABLE_PRODUCTS)
