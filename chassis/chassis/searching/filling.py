"""What records are found by that were there before: for migrations."""

from collections.abc import Sequence

from sqlalchemy import Connection, MetaData, Table, select

from chassis.searching.keeping import CUSTOM, WRITE, arrays, of_row

BATCH = 1_000


def fill(connection: Connection, object: str, names: Sequence[str]) -> None:
    """Write what all rows of a table are found by in these columns, and in custom fields if it has them."""
    table = Table(object, MetaData(), autoload_with=connection)
    asked = [*names, CUSTOM] if CUSTOM in table.c else [*names]
    rows = select(table.c.id, *(table.c[name] for name in asked)).order_by(table.c.id).limit(BATCH)
    last = None
    while batch := connection.execute(rows if last is None else rows.where(table.c.id > last)).all():
        found = [each for row in batch for each in of_row(object, row.id, asked, row._asdict())]
        if found:
            connection.execute(WRITE, arrays(found))
        last = batch[-1].id
