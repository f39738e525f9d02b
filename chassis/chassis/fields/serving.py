"""What other services may read of this one's records: what their callers may."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import MetaData

from chassis.access import current, scope
from chassis.access.rights import Effective
from chassis.access.rpc import within_rights
from chassis.access.scoped import parameters
from chassis.audit import recording
from chassis.conditions.fields import canonical
from chassis.database import Database
from chassis.errors import Invalid, LimitExceeded
from chassis.fields import lists, memory, reading
from chassis.fields.asking import MOST_IDS
from chassis.fields.reading import Definitions
from chassis.fields.types.records import MOST_FILLED
from chassis.listing import Listing


class Records:
    """Serves the contract's RecordService for the objects of these tables.

    `response` is what the contract has for the answer of `BatchGetRecords`.
    """

    def __init__(self, database: Database, metadata: MetaData, response: Callable[..., Any]) -> None:
        self._database = database
        self._metadata = metadata
        self._response = response

    @within_rights
    async def BatchGetRecords(self, request: Any, context: Any) -> Any:
        """Return the fields of the records that the caller may read.

        Raises Invalid for an object that is not here or an id that is none, LimitExceeded for too many, and
        Forbidden when only fields are asked for and the caller may read no such record at all.
        """
        listing = self._listing(request.object)
        if len(request.ids) > MOST_IDS or len(request.fields) > MOST_FILLED:
            raise LimitExceeded(f"Ask for at most {MOST_IDS} records and {MOST_FILLED} fields at a time")
        if not request.ids:
            current().require(listing.noun, "read")
            memory.known(self._database).expire()  # one that another process has just defined counts
        await lists.ready(self._database)
        added = memory.known(self._database).of(listing.table.name).fields
        there = reading.nameable(listing.table, added)
        fields = {asked: name for asked in request.fields if (name := canonical(there, asked)) in there}
        allowed = current().on(listing.noun, "read")
        if allowed is None or not request.ids:
            return self._response(fields=fields)
        ids, names = _ids(request.ids), reading.visible(listing, allowed, added, fields.values())
        return self._response(fields=fields, records=await self._read(listing, allowed, ids, added, names))

    def _listing(self, object: str) -> Listing:
        table = self._metadata.tables.get(object)
        found = None if table is None else scope.OF_TABLES.get(table)
        if not isinstance(found, Listing):
            raise Invalid(f"There is no {object[:63]!r} in this service", path=("object",))
        return found

    async def _read(
        self,
        listing: Listing,
        allowed: Effective,
        ids: Sequence[UUID],
        added: Definitions,
        names: frozenset[str],
    ) -> dict[str, str]:
        given = {"ids": ids, **parameters(allowed.reach)}
        rows = await self._database.read(listing.by_id(allowed.reach), given)
        sensitive = sorted(names.intersection(listing.sensitive))
        if rows and sensitive and current().kind == "employee":
            async with self._database.transaction() as session:
                recording.read(session, listing.table.name, [row.id for row in rows], sensitive)
        return {
            str(row.id): orjson.dumps(
                reading.values(listing.table, row._asdict(), added, names), default=str
            ).decode()
            for row in rows
        }


def _ids(written: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(each) for each in written]
    except ValueError:
        raise Invalid("One of these is no id; ids look like 0199a1b2-…", path=("ids",)) from None
