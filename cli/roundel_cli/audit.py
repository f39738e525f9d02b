"""`roundel audit`: the proof that nobody changed what was recorded."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from roundel_cli.backups.commands import Installation
from roundel_cli.backups.installation import BackupError, Place, read

audit = typer.Typer(help="The record of who did what.", no_args_is_help=True)
console = Console()


@audit.callback()
def _audit() -> None:
    """Keep `verify` a command of its own, also while it is the only one."""


@audit.command()
def verify(
    installation: Installation = Path("var/installation.json"),
    service: Annotated[list[str] | None, typer.Option(help="Only of these; left out, of all.")] = None,
) -> None:
    """Prove that the audit of every service is what was written; exit status 1 when one is not."""
    try:
        places = _chosen(read(installation), service or ())
    except BackupError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    if not all([asyncio.run(_holds(place)) for place in places]):
        raise typer.Exit(1)


def _chosen(places: Sequence[Place], names: Collection[str]) -> Sequence[Place]:
    if unknown := set(names) - {place.service for place in places}:
        raise BackupError(f"The installation has no service {', '.join(sorted(unknown))}")
    return [place for place in places if not names or place.service in names]


async def _holds(place: Place) -> bool:
    running = await place.run("audit-verify")
    running.input.close()
    said = (await running.output.read()).decode(errors="replace").strip()
    try:
        await running.ended()
    except BackupError as error:
        console.print(str(error), style="red", markup=False)
        return False
    console.print(f"{place.service}: {said}", markup=False)
    return True
