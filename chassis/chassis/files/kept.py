"""The rows of files: made at the upload, tied to the record that shows them, removed when nothing does."""

import mimetypes
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import Database
from chassis.errors import Forbidden, Invalid, NotFound
from chassis.fields.memory import known
from chassis.fields.models import FieldDefinition, StoredFile
from chassis.files.store import Store
from chassis.graphql.context import BaseContext
from chassis.listing import Listing

KEPT_UNATTACHED = timedelta(days=1)
SWEPT_AT_ONCE = 100
# what a browser would run (HTML, SVG) is not among them
TAKEN = frozenset(
    (
        "application/pdf",
        "application/zip",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "audio/mpeg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
        "video/mp4",
    )
)
_BEGINNINGS: Mapping[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/gif": (b"GIF8",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n",),
    "image/webp": (b"RIFF",),
}


async def take(
    database: Database, store: Store, content: AsyncIterator[bytes], *, name: str, media_type: str
) -> StoredFile:
    """Keep an uploaded file; raise Invalid for a kind of file that is not taken."""
    clean = name.replace("\\", "/").rpartition("/")[2].strip()[:255]
    kind = media_type.partition(";")[0].strip().lower() or mimetypes.guess_type(clean)[0] or ""
    if not clean or not clean.isprintable():
        raise Invalid("Name the file: /files?name=offer.pdf", path=("name",))
    if kind not in TAKEN:
        raise Invalid(f"{kind or 'This kind of file'!r} is not taken; these are: {', '.join(sorted(TAKEN))}")
    digest, size, start = await store.put(content)
    if size == 0 or not start.startswith(_BEGINNINGS.get(kind, (b"",))):
        await _remove(database, store, digest)
        raise Invalid(f"The content of {clean} is not what {kind} begins with")
    async with database.transaction() as session:
        await _alone(session, digest)
        file = StoredFile(digest=digest, size=size, media_type=kind, name=clean)
        session.add(file)
    return file


async def readable(database: Database, id: UUID, listings: Mapping[str, Listing]) -> StoredFile:
    """Return the file; raise NotFound unless the present caller may read it.

    An attached one may be read by whoever may read the field on its record, another by who uploaded it.
    """
    async with database.transaction() as session:
        file = await session.get(StoredFile, id)
        field = await session.get(FieldDefinition, file.field_id) if file and file.field_id else None
    if file is None or not await _may_read(database, file, field, listings):
        raise NotFound(f"There is no file {id}", id=str(id), type="File")
    return file


async def _may_read(
    database: Database, file: StoredFile, field: FieldDefinition | None, listings: Mapping[str, Listing]
) -> bool:
    caller = access.current()
    if file.record_id is None or field is None:
        return file.uploaded_by is not None and file.uploaded_by == caller.id
    await known(database).refresh(database)
    shown = known(database).of(field.object).fields.get(field.key)
    listing = listings.get(field.object)
    if shown is None or listing is None or not shown.visible_to(caller):
        return False
    try:
        record = await BaseContext(database, caller).load(listing, file.record_id)
    except Forbidden:
        return False
    held = record.custom.get(field.key) if record else None
    return str(file.id) in (held if isinstance(held, list) else [held])


async def sweep(database: Database, store: Store, *, at: datetime) -> int:
    """Remove files that nobody attached within a day; return how many."""
    old = select(StoredFile.id, StoredFile.digest).where(
        StoredFile.record_id.is_(None), StoredFile.uploaded_at < at - KEPT_UNATTACHED
    )
    rows = await database.read(old.limit(SWEPT_AT_ONCE))
    for row in rows:
        async with database.transaction() as session:
            await _alone(session, row.digest)
            file = await session.get(StoredFile, row.id, with_for_update=True)
            if file is not None and file.record_id is None:
                await session.delete(file)
        await _remove(database, store, row.digest)
    return len(rows)


async def _remove(database: Database, store: Store, digest: str) -> None:
    """Forget the bytes unless some file has them."""
    async with database.transaction() as session:
        await _alone(session, digest)
        used = select(func.count()).select_from(StoredFile).where(StoredFile.digest == digest)
        if not await session.scalar(used):
            await store.remove(digest)


async def _alone(session: AsyncSession, digest: str) -> None:
    """Let nobody else take in or remove the same bytes until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(digest, 0))))
