"""Walking the chain again: whether every entry is still what it was when it was sealed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit.models import AuditEntry, AuditSeal
from chassis.audit.sealing import BEGINNING, Head, chained, content
from chassis.database import Database, now
from chassis.errors import DomainError, NotFound

PAGE = 5_000
SEALED_WITHIN = timedelta(minutes=1)


class Tampered(DomainError):
    """The audit is not what was written; the message names the first entry that differs."""

    code = "CONFLICT"


async def verify(database: Database, *, after: int = 0, expected: Head | None = None) -> Head:
    """Return the chain's head, or raise Tampered.

    The walk begins behind the position `after`, up to which entries may have been archived. `expected` is
    a head noted earlier, through which the chain must go.
    """
    async with database.engine.connect() as connection:
        head = await _beginning(connection, after)
        async for link in _links(connection, after):
            _check(link, head)
            head = Head(link.position, link.hash, link.number)
            if expected and expected.position == head.position and expected.hash != head.hash:
                raise Tampered(f"The chain does not go through {expected}: it was written anew before there")
        if expected and expected.position > head.position:
            raise Tampered(f"The chain ends at {head.position}, before {expected}: its tail was removed")
        await _check_unsealed(connection, head.number)
    return head


async def _beginning(connection: AsyncConnection, after: int) -> Head:
    if not after:
        return BEGINNING
    seal = select(AuditSeal.hash, AuditSeal.number).where(AuditSeal.position == after)
    found = (await connection.execute(seal)).one_or_none()
    if found is None:
        raise NotFound(f"There is no seal {after}")
    return Head(after, found.hash, found.number)


async def _links(connection: AsyncConnection, after: int) -> AsyncIterator[Any]:
    entry = content().subquery("entry")
    seal = AuditSeal.__table__.c
    columns = (seal.position, seal.hash, seal.entry_id, seal.number.label("sealed_number"), *entry.c)
    page = select(*columns).join_from(AuditSeal, entry, entry.c.id == AuditSeal.entry_id, isouter=True)
    while True:
        query = page.where(AuditSeal.position > after).order_by(AuditSeal.position).limit(PAGE)
        links = (await connection.execute(query)).all()
        for link in links:
            yield link
        if len(links) < PAGE:
            return
        after = links[-1].position


def _check(link: Any, head: Head) -> None:
    if link.position != head.position + 1:
        raise Tampered(f"The seal {head.position + 1} was removed, maybe with its entry")
    if link.id is None:
        raise Tampered(f"The entry {link.entry_id} (number {link.sealed_number}) was removed")
    name = f"The entry {link.id} (number {link.number}: {link.action} {link.object} {link.record_id})"
    if link.number != link.sealed_number or link.number <= head.number:
        raise Tampered(f"{name} was reordered")
    if chained(head.hash, link[4:]) != link.hash:
        raise Tampered(f"{name} was changed")


async def _check_unsealed(connection: AsyncConnection, last: int) -> None:
    unsealed = ~select(AuditSeal).where(AuditSeal.entry_id == AuditEntry.id).exists()
    inserted = content().where(unsealed, AuditEntry.number <= last).order_by(AuditEntry.number).limit(1)
    found = (await connection.execute(inserted)).one_or_none()
    if found:
        raise Tampered(
            f"The entry {found.id} (number {found.number}: {found.action} {found.object} {found.record_id})"
            " was inserted later"
        )
    late = unsealed, AuditEntry.number > last, AuditEntry.at < now() - SEALED_WITHIN
    waiting = await connection.scalar(select(func.count()).select_from(AuditEntry).where(*late))
    if waiting:
        raise Tampered(f"{waiting} entries older than a minute are not sealed; is the worker running?")
