"""`roundel keys`: the keys of what is stored encrypted, in all services at once."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from roundel_cli.backups.commands import Installation
from roundel_cli.backups.installation import BackupError, Place, read

console = Console()
keys = typer.Typer(help="Keys of what is stored encrypted.", no_args_is_help=True)


@keys.callback()
def about() -> None:
    """Keys of what is stored encrypted."""


@keys.command("rotate")
def rotate(
    installation: Installation = Path("var/installation.json"),
    only_master: Annotated[
        bool, typer.Option("--only-master", help="Only wrap the keys anew, with the first master key.")
    ] = False,
) -> None:
    """Encrypt everything that is encrypted with new keys, while the services run; repeat it if it fails."""
    words = ("rotate-keys", *(["--only-master"] if only_master else []))
    try:
        asyncio.run(_everywhere(installation, words))
    except BackupError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error


async def _everywhere(installation: Path, words: tuple[str, ...]) -> None:
    await asyncio.gather(*(_one(place, words) for place in read(installation)))


async def _one(place: Place, words: tuple[str, ...]) -> None:
    running = await place.run(*words)
    try:
        said = (await running.output.read()).decode()
        await running.ended()
        console.print(said.rstrip(), markup=False)
    finally:
        await running.stop()
