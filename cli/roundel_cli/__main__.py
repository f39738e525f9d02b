"""`roundel`: the command of operators and importers."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from roundel_cli.audit import audit
from roundel_cli.backups import commands as backups
from roundel_cli.exporting.run import Exported, chosen, export, lines
from roundel_cli.graph import Graph, GraphError
from roundel_cli.importing.mapping import Mapping, MappingError, load, shipped
from roundel_cli.importing.report import show, write_refused
from roundel_cli.importing.run import Importer, StepReport
from roundel_cli.keys import keys

main = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()

Service = Annotated[str, typer.Option(help="Whose, e.g. sales; its ROUNDEL_… environment must be set.")]


@main.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="Folder of CSV files.", exists=True, file_okay=False)],
    graph: Annotated[str, typer.Option(envvar="ROUNDEL_GRAPH", help="URL of the graph.")],
    token: Annotated[str, typer.Option(envvar="ROUNDEL_TOKEN", help="Bearer token.", show_envvar=True)],
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file; left out, the shipped one of the folder's name.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen.")] = False,
    refused: Annotated[Path, typer.Option(help="Folder for files of refused rows.")] = Path("var/import"),
) -> None:
    """Bring the files of a folder into the suite; exit status 2 when rows were refused."""
    try:
        steps = load(mapping or shipped(folder.resolve()))
        reports = asyncio.run(_import(folder, steps, graph, token, dry_run=dry_run))
    except (MappingError, GraphError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    show(console, reports, dry_run=dry_run)
    for path in write_refused(refused, reports):
        console.print(f"Refused rows with their reasons: {path}", markup=False)
    if any(report.refused for report in reports):
        raise typer.Exit(2)


async def _import(folder: Path, mapping: Mapping, url: str, token: str, *, dry_run: bool) -> list[StepReport]:
    columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        shown = {step.name: bars.add_task(step.name, total=None) for step in mapping.steps}

        def progress(step: str, done: int, total: int) -> None:
            bars.update(shown[step], completed=done, total=total)

        async with Graph(url, token) as graph:
            return await Importer(graph, folder, dry_run=dry_run, progress=progress).run(mapping)


backups.add_to(main)
main.add_typer(keys, name="keys")


@main.command("export")
def export_(
    graph: Annotated[str, typer.Option(envvar="ROUNDEL_GRAPH", help="URL of the graph.")],
    token: Annotated[str, typer.Option(envvar="ROUNDEL_TOKEN", help="Bearer token.", show_envvar=True)],
    lists: Annotated[list[str] | None, typer.Argument(help="Which lists, e.g. leads customers.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every list that you may export.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = Path("var/export"),
    format: Annotated[Literal["csv", "xlsx", "jsonl"], typer.Option(help="What they are.")] = "csv",
) -> None:
    """Write lists of the suite into files, all that you may read of them."""
    try:
        names = chosen(lists or (), all=all)
        found = asyncio.run(_export(names, graph, token, folder, format))
    except (ValueError, GraphError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    for line in lines(found):
        console.print(line, markup=False)


async def _export(
    names: Sequence[str], url: str, token: str, folder: Path, format: str
) -> Sequence[Exported]:
    async with Graph(url, token) as graph:
        return await export(graph, url, names, folder, format)


deadletters = typer.Typer(help="Events that a service could not handle.", no_args_is_help=True)
main.add_typer(deadletters, name="deadletters")
main.add_typer(audit, name="audit")


@deadletters.command("list")
def list_deadletters(service: Service) -> None:
    """Show the events that wait for a decision."""
    _service(service, "deadletters", "list")


@deadletters.command("retry")
def retry_deadletter(service: Service, id: Annotated[str, typer.Argument(help="Id of the event.")]) -> None:
    """Handle an event again."""
    _service(service, "deadletters", "retry", id)


@deadletters.command("discard")
def discard_deadletter(
    service: Service,
    id: Annotated[str, typer.Argument(help="Id of the event.")],
    reason: Annotated[str, typer.Option(help="Why nobody needs it.")],
) -> None:
    """Give an event up, with the reason kept."""
    _service(service, "deadletters", "discard", id, reason)


@main.command()
def replay(
    service: Service, since: Annotated[str, typer.Option(help="Instant, e.g. 2026-11-01T00:00Z.")]
) -> None:
    """Publish a service's events again, to rebuild a lost stream; subscribers drop what they know."""
    _service(service, "replay", "--since", since)


def _service(name: str, *words: str) -> None:
    raise typer.Exit(subprocess.run([sys.executable, "-m", name, *words], check=False).returncode)


if __name__ == "__main__":
    main()
