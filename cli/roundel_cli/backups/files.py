"""The files of an installation's records in a backup: each is written once, and named by every later one."""

from collections.abc import AsyncIterator, Mapping, Sequence, Set
from typing import Any
from uuid import uuid4

import orjson

from roundel_cli.backups import manifest as manifests
from roundel_cli.backups.installation import BackupError, Place, Running
from roundel_cli.backups.manifest import FILES, Kept, Manifest, Part
from roundel_cli.backups.stores import PIECE, Store

Files = dict[str, dict[str, Kept]]
Lost = dict[str, list[str]]


async def take(places: Sequence[Place], parts: Mapping[str, Part], store: Store) -> tuple[Files, Lost]:
    """Write the files that the newest backup lacks; return all by service, and those that services lost.

    Those in S3-compatible storage stay where they are.
    """
    before, found, lost = await _newest(store), Files(), Lost()
    for place in places:
        if parts[place.service].has_folder:
            files, missing = await _taken(place, store, before.get(place.service, {}))
            found[place.service] = files
            if missing:
                lost[place.service] = missing
    return found, lost


async def give(places: Sequence[Place], store: Store, manifest: Manifest) -> None:
    """Send every service the files that its folder lacks, once its database is filled.

    Raises BackupError when a service lacks some in the end.
    """
    for place in places:
        if manifest.parts[place.service].about.get("files"):
            running = await place.run("restore-files")
            try:
                await _given(running, store, manifest.files.get(place.service, {}))
            finally:
                await running.stop()


async def forget(store: Store, kept: Set[str]) -> None:
    """Remove the files that no backup names; `kept` are the names of the complete backups."""
    named: set[str] = set()
    for name in kept:
        named |= (await manifests.read(store, name)).objects().keys()
    await store.delete([path for path in await store.paths(f"{FILES}/") if path not in named])


async def _newest(store: Store) -> Files:
    complete = await manifests.names(store)
    found = (await manifests.read(store, complete[-1])).files if complete else {}
    there = set(await store.paths(f"{FILES}/"))
    return {
        service: {digest: file for digest, file in files.items() if file.file in there}
        for service, files in found.items()
    }


async def _taken(place: Place, store: Store, before: Mapping[str, Kept]) -> tuple[dict[str, Kept], list[str]]:
    running = await place.run("backup-files")
    found: dict[str, Kept] = {}
    lost = []
    try:
        for digest, file in before.items():
            running.input.write(f"{digest} {file.key}\n".encode())
            await running.input.drain()
        running.input.close()
        while line := await running.output.readline():
            told = orjson.loads(line)
            digest = told["digest"]
            if "held" not in told:
                found[digest] = await _written(running, store, line, told)
            elif told["held"]:
                found[digest] = before[digest]
            else:
                lost.append(digest)
        await running.ended()
    finally:
        await running.stop()
    return found, lost


async def _written(running: Running, store: Store, line: bytes, told: Mapping[str, Any]) -> Kept:
    """Write one file, its header before its content, under a name that tells nothing."""

    async def pieces() -> AsyncIterator[bytes]:
        yield line
        left = told["length"]
        while left:
            piece = await running.output.read(min(PIECE, left))
            if not piece:
                raise BackupError(f"{running.service} broke off in the middle of a file")
            left -= len(piece)
            yield piece

    file = f"{FILES}/{running.service}/{uuid4().hex}"
    written = await store.write(file, pieces())
    return Kept(file, written.bytes, written.sha256, str(told["key"] or "").partition(":")[0])


async def _given(running: Running, store: Store, files: Mapping[str, Kept]) -> None:
    lacking = [digest async for digest in running.words()]

    async def pieces() -> AsyncIterator[bytes]:
        for digest in lacking:
            if digest in files:
                async for piece in store.pieces(files[digest].file):
                    yield piece

    await running.feed(pieces())
