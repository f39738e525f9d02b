"""`python -m demo load`: a company to look at, in a running suite."""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from demo.load import load
from roundel_cli.graph import Graph, GraphError

main = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console()


@main.callback()
def demo() -> None:
    """A demonstration company, in Chinese and English."""


@main.command("load")
def load_company(
    graph: Annotated[str, typer.Option(envvar="ROUNDEL_GRAPH", help="URL of the graph.")],
    token: Annotated[str, typer.Option(envvar="ROUNDEL_TOKEN", help="An administrator's bearer token.")],
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which the history ends.")
    ] = None,
) -> None:
    """Load the company; a second time changes nothing, and an interrupted loading goes on."""
    day = today.date() if today else datetime.now(UTC).date()
    try:
        asyncio.run(_load(graph, token, day))
    except GraphError as error:
        console.print(f"The demonstration company could not be loaded: {error}", style="red", markup=False)
        raise typer.Exit(1) from error


async def _load(url: str, token: str, today: date) -> None:
    columns = (TextColumn("{task.description:18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        shown: dict[str, TaskID] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in shown:
                shown[step] = bars.add_task(step)
            bars.update(shown[step], completed=done, total=total)

        async with Graph(url, token) as graph:
            await load(graph, today, progress)


if __name__ == "__main__":
    main()
