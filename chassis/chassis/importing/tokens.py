"""The token of whoever imports, for imports that ask other services: kept encrypted, until they end."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access import Principal
from chassis.errors import Unavailable
from chassis.fields import filling
from chassis.importing.importable import Importable
from chassis.importing.mapping import Column
from chassis.secrets import sealing

KEPT_AS = "token"
_PLACE = "import_job.token"


def kept(session: AsyncSession, importable: Importable, columns: Sequence[Column]) -> dict[str, str]:
    """Return what is kept beside the caller: the token, where a reference is to another service's records.

    Raises Unavailable where nothing can be encrypted.
    """
    token = access.current().token
    asking = [column.field for column in columns if _asks(importable, column)]
    if not asking or token is None:
        return {}
    dialect = session.get_bind().dialect
    sealed = sealing.seal(dialect, token.encode(), _PLACE)
    if sealed == token.encode():
        raise Unavailable(
            f"For {asking[0]} another service is asked in your name, and your token is kept only encrypted: "
            "set ROUNDEL_MASTER_KEYS, or leave that column out"
        )
    return {KEPT_AS: base64.b64encode(sealed).decode()}


def _asks(importable: Importable, column: Column) -> bool:
    known = importable.field(column.field).definition
    table: Any = importable.model.__table__  # type: ignore[attr-defined]
    return known is not None and filling.asks(table, known)


def with_token(session: AsyncSession, principal: Principal, written: dict[str, Any]) -> Principal:
    """Return the principal with the token that is kept with it, if one is."""
    if KEPT_AS not in written:
        return principal
    sealed = base64.b64decode(written[KEPT_AS])
    return replace(principal, token=sealing.unseal(session.get_bind().dialect, sealed, _PLACE).decode())


def without(written: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of the caller once nobody is asked any more."""
    return {name: value for name, value in written.items() if name != KEPT_AS}
