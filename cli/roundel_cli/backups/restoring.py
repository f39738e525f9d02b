"""Filling an installation from a backup."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

from roundel_cli.backups import files
from roundel_cli.backups.installation import BackupError, Place, Running
from roundel_cli.backups.manifest import Manifest, verify
from roundel_cli.backups.stores import Store


async def restore(places: Sequence[Place], store: Store, manifest: Manifest, *, force: bool) -> None:
    """Fill every service's database, all of which agree before any is touched; then its folder of files.

    Raises BackupError when the backup is damaged, is not of these services, or one of them refuses it.
    """
    _check_services(places, manifest)
    await verify(store, manifest)
    async with AsyncExitStack() as cleanup:
        parts = [await _begin(place, store, manifest, cleanup, force=force) for place in places]
        await asyncio.gather(*(running.until_ready() for running, _ in parts))
        await asyncio.gather(*(running.feed(rest) for running, rest in parts))
    await files.give(places, store, manifest)


def _check_services(places: Sequence[Place], manifest: Manifest) -> None:
    asked, held = {place.service for place in places}, set(manifest.parts)
    if asked != held:
        told = [f"it lacks {', '.join(sorted(asked - held))}"] if asked - held else []
        told += [f"nobody takes its {', '.join(sorted(held - asked))}"] if held - asked else []
        raise BackupError(f"The backup {manifest.name} is not of this installation: {'; '.join(told)}")


async def _begin(
    place: Place, store: Store, manifest: Manifest, cleanup: AsyncExitStack, *, force: bool
) -> tuple[Running, AsyncIterator[bytes]]:
    """Tell a service the first line, by which it can decide; the rest comes when all have agreed."""
    running = await place.run("restore", "--name", manifest.name, *(["--force"] if force else []))
    cleanup.push_async_callback(running.stop)
    pieces = store.pieces(manifest.path(place.service))
    line, _, begun = (await anext(pieces)).partition(b"\n")
    running.input.write(line + b"\n")
    return running, _joined(begun, pieces)


async def _joined(begun: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for piece in rest:
        yield piece
