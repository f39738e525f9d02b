"""Taking a backup of a whole installation, and keeping copies of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import orjson

from roundel_cli.backups import files
from roundel_cli.backups.installation import Place, Running
from roundel_cli.backups.manifest import MANIFEST, Manifest, Part, names
from roundel_cli.backups.stores import PIECE, Store


async def take(places: Sequence[Place], store: Store, name: str) -> Manifest:
    """Write the databases of all services, each as it is at about the same instant, then files.

    Raises BackupError when one of them fails; then this backup is none, and what is left of it is swept
    with the next one.
    """
    async with AsyncExitStack() as cleanup:
        running = [await _begin(place, name, cleanup) for place in places]
        await asyncio.gather(*(one.until_ready() for one in running))
        # All are connected and wait for this line, so their snapshots are milliseconds apart.
        for one in running:
            one.input.write(b"\n")
        done = await asyncio.gather(*(_store(one, store, name) for one in running), return_exceptions=True)
        if failed := [outcome for outcome in done if isinstance(outcome, BaseException)]:
            await store.delete([path for path in await store.paths() if path.startswith(f"{name}/")])
            raise failed[0]
        parts = [outcome for outcome in done if isinstance(outcome, Part)]
    held = {one.service: part for one, part in zip(running, parts, strict=True)}
    manifest = Manifest(name, held, *await files.take(places, held, store))
    await store.write(f"{name}/{MANIFEST}", _once(manifest.written()))
    return manifest


async def copy(manifest: Manifest, source: Store, to: Store) -> None:
    """Copy what another store lacks of a backup."""
    there = set(await to.paths())
    for path in manifest.objects():
        if path not in there:
            await to.write(path, source.pieces(path))
    await to.write(f"{manifest.name}/{MANIFEST}", _once(manifest.written()))


async def forget(store: Store, keep: int) -> list[str]:
    """Remove all but the newest `keep` complete backups, and what was never completed before the newest.

    Returns the names of what was removed.
    """
    complete, paths = await names(store), await store.paths()
    kept = complete[-keep:]
    folders = {path.partition("/")[0] for path in paths if path.count("/") == 1}
    removed = sorted(name for name in folders if name not in kept and complete and name < complete[-1])
    await store.delete([path for path in paths if path.partition("/")[0] in removed])
    await files.forget(store, set(complete) - set(removed))
    return removed


async def _begin(place: Place, name: str, cleanup: AsyncExitStack) -> Running:
    running = await place.run("backup", "--name", name, "--wait")
    cleanup.push_async_callback(running.stop)
    return running


async def _store(running: Running, store: Store, name: str) -> Part:
    header = await running.output.readline()
    if not header:
        await running.ended()
    file = f"{running.service}.backup"

    async def pieces() -> AsyncIterator[bytes]:
        yield header
        while piece := await running.output.read(PIECE):
            yield piece

    written = await store.write(f"{name}/{file}", pieces())
    await running.ended()
    return Part("database", file, written.bytes, written.sha256, orjson.loads(header))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
