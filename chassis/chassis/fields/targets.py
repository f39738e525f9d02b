"""Where the records are that fields point to."""

from typing import cast

from sqlalchemy import MetaData, Table

from chassis.access.models import KnownPrincipal, KnownTeam

# what identity tells every service
_TOLD = {"employee": cast(Table, KnownPrincipal.__table__), "team": cast(Table, KnownTeam.__table__)}


def table_of(own: MetaData, kind: str) -> Table | None:
    """Return the table that says which records of a kind exist: the service's own, or a replica of it."""
    for name in (kind, f"known_{kind}"):
        if name in own.tables and "id" in own.tables[name].c:
            return own.tables[name]
    return _TOLD.get(kind)
