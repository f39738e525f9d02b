"""`roundel backup`, `roundel restore` and `roundel backups`: a whole installation at once."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from roundel_cli.backups import manifest as manifests
from roundel_cli.backups import taking
from roundel_cli.backups.installation import BackupError, read
from roundel_cli.backups.manifest import Manifest
from roundel_cli.backups.restoring import restore as restore_all
from roundel_cli.backups.stores import Store

LATEST = "latest"

console = Console()
backups = typer.Typer(help="Backups that were taken.", no_args_is_help=True)

Installation = Annotated[
    Path,
    typer.Option(
        "--installation", envvar="ROUNDEL_INSTALLATION", help="File that tells how services are commanded."
    ),
]
Target = Annotated[str, typer.Argument(help="Folder, or s3://bucket/prefix with AWS_… in the environment.")]
Name = Annotated[str, typer.Option("--name", help="Of the backup; left out, the newest.")]


def add_to(main: typer.Typer) -> None:
    """Add the commands to `roundel`."""
    main.command("backup")(backup)
    main.command("restore")(restore)
    main.add_typer(backups, name="backups")


def backup(
    targets: Annotated[list[str], typer.Argument(help="Folders or s3://… addresses; each gets a copy.")],
    installation: Installation = Path("var/installation.json"),
    keep: Annotated[int, typer.Option(min=1, help="How many backups stay in each of them.")] = 14,
) -> None:
    """Write the databases of all services, from one instant, and files to one place or several."""
    name = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    _run(_backup([Store(target) for target in targets], installation, name, keep))


async def _backup(stores: list[Store], installation: Path, name: str, keep: int) -> None:
    before = [set(await store.paths()) for store in stores]
    taken = await taking.take(read(installation), stores[0], name)
    for other in stores[1:]:
        await taking.copy(taken, stores[0], other)
    for store, trusted in zip(stores, before, strict=True):
        await manifests.verify(store, taken, trusted)
        for removed in await taking.forget(store, keep):
            console.print(f"{store.target}: {removed} is removed", markup=False)
    kind = "encrypted" if taken.is_encrypted else "not encrypted: ROUNDEL_MASTER_KEYS is not set"
    console.print(f"{name}: {_content(taken)}, {kind}", markup=False)
    for service, part in taken.parts.items():
        if part.bucket:
            console.print(f"The files of {service} stay in {part.bucket}, by its own versions", markup=False)
    if taken.lost:
        told = "; ".join(f"{service}: {', '.join(lost[:10])}" for service, lost in taken.lost.items())
        raise BackupError(f"{name} lacks files that are missing or damaged where they are kept: {told}")


def _content(manifest: Manifest) -> str:
    files = sum(len(held) for held in manifest.files.values())
    return f"{len(manifest.parts)} databases, {files} files, {manifest.size:,} bytes"


def restore(
    target: Target,
    installation: Installation = Path("var/installation.json"),
    name: Name = LATEST,
    force: Annotated[
        str | None,
        typer.Option(help="The backup's full name, typed: replace what the databases hold already."),
    ] = None,
) -> None:
    """Fill the empty databases and folders of stopped services; their streams are rebuilt when they start."""
    _run(_restore(Store(target), installation, name, force))


async def _restore(store: Store, installation: Path, name: str, force: str | None) -> None:
    found = await _named(store, name)
    if force is not None and force != found.name:
        raise BackupError(f"To replace what is there, type the backup's name: --force {found.name}")
    await restore_all(read(installation), store, found, force=force is not None)
    console.print(f"{found.name} is restored; start the services now", markup=False)


@backups.command("list")
def list_backups(target: Target) -> None:
    """Show the complete backups, oldest first."""
    _run(_list(Store(target)))


async def _list(store: Store) -> None:
    table = Table("name", "databases", "files", "bytes", "encrypted")
    for name in await manifests.names(store):
        found = await manifests.read(store, name)
        files = str(sum(len(held) for held in found.files.values()))
        encrypted = "yes" if found.is_encrypted else "no"
        table.add_row(name, str(len(found.parts)), files, f"{found.size:,}", encrypted)
    console.print(table)


@backups.command("verify")
def verify(target: Target, name: Name = LATEST) -> None:
    """Read a whole backup and compare it with its checksums; exit status 1 when it is damaged."""
    _run(_verify(Store(target), name))


async def _verify(store: Store, name: str) -> None:
    found = await _named(store, name)
    await manifests.verify(store, found)
    console.print(f"{found.name}: {_content(found)} are as they were written", markup=False)


async def _named(store: Store, name: str) -> Manifest:
    known = await manifests.names(store)
    if not known or (name != LATEST and name not in known):
        raise BackupError(f"{store.target} has no complete backup{'' if name == LATEST else f' {name}'}")
    return await manifests.read(store, known[-1] if name == LATEST else name)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except BackupError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
