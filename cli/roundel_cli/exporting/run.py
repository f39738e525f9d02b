"""Lists of the suite written into files: a link from the graph, fetched through the gateway."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from roundel_cli.graph import Graph, GraphError

# Every list that the graph exports; a test compares them with the schema.
LISTS = (
    "absences",
    "apiKeys",
    "assignmentRules",
    "calendars",
    "campaignCosts",
    "campaigns",
    "contacts",
    "contracts",
    "creditLimits",
    "customers",
    "employees",
    "happenings",
    "intakeForms",
    "interactions",
    "invoices",
    "leads",
    "milestones",
    "opportunities",
    "opportunityFacts",
    "pipelineStages",
    "products",
    "projects",
    "prospects",
    "quotes",
    "receipts",
    "receivables",
    "serviceAccounts",
    "surveys",
    "tasks",
    "teams",
    "tickets",
    "todos",
    "touchpoints",
)
BLOCK = 1 << 18


@dataclass(frozen=True)
class Exported:
    """What became of a list: its file, or why there is none."""

    name: str
    path: Path | None = None
    bytes: int = 0
    refused: str = ""


def chosen(names: Sequence[str], *, all: bool) -> Sequence[str]:
    """Return the lists that are meant; raise ValueError naming those there are."""
    unknown = [name for name in names if name not in LISTS]
    if unknown or not (names or all):
        asked = f"There is no list {unknown[0]}" if unknown else "Name a list, or --all"
        raise ValueError(f"{asked}; there are {', '.join(LISTS)}")
    return LISTS if all else names


async def export(
    graph: Graph, url: str, names: Sequence[str], folder: Path, format: str
) -> Sequence[Exported]:
    """Write each list into a file of the folder; one that the caller may not export is told and left."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    base = url.removesuffix("/graphql")
    timeout = aiohttp.ClientTimeout(total=None, sock_read=120)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        return [await _export(graph, http, base, name, folder, format) for name in names]


async def _export(
    graph: Graph, http: aiohttp.ClientSession, base: str, name: str, folder: Path, format: str
) -> Exported:
    plural = f"{name[0].upper()}{name[1:]}"
    query = f"mutation($input: Export{plural}Input!) {{ export{plural}(input: $input) {{ path }} }}"
    try:
        data = await graph.ask(query, {"input": {"format": format.upper()}})
        target = folder / f"{name}.{format}"
        size = await _fetch(http, base + data[f"export{plural}"]["path"], target)
    except GraphError as error:
        if error.code != "FORBIDDEN":
            raise
        return Exported(name, refused=error.message)
    return Exported(name, target, size)


async def _fetch(http: aiohttp.ClientSession, url: str, target: Path) -> int:
    """Write beside the target first, so that a file that broke off never looks whole."""
    partial = target.with_name(f"{target.name}.part")
    try:
        async with http.get(url) as answer:
            if answer.status != 200:
                raise GraphError(f"{url} answers {answer.status}", "UNAVAILABLE")
            with partial.open("wb") as file:
                async for block in answer.content.iter_chunked(BLOCK):
                    await asyncio.to_thread(file.write, block)
        return partial.replace(target).stat().st_size
    except (aiohttp.ClientError, TimeoutError) as error:
        raise GraphError(f"{url} broke off: {error}", "UNAVAILABLE") from error
    finally:
        partial.unlink(missing_ok=True)


def lines(found: Sequence[Exported]) -> Iterator[str]:
    """Say what became of each list."""
    for each in found:
        yield f"{each.name}: {each.bytes} bytes, {each.path}" if each.path else f"{each.name}: {each.refused}"
