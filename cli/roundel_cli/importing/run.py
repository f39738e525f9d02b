"""Takes a mapping's steps: reads, cleans, sends in batches, and keeps account of every row."""

import asyncio
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from roundel_cli.graph import Graph, GraphError
from roundel_cli.importing.cleaning import Dirt, Ids, RowError, row_input
from roundel_cli.importing.mapping import Mapping, MappingError, Step

BATCH = 200
AT_ONCE = 2  # batches in flight

Progress = Callable[[str, int, int], None]  # step, rows done, rows in all


@dataclass
class Refusal:
    """A row that did not get in, as it stood in the file, and why."""

    row: dict[str, str]
    code: str
    message: str


@dataclass
class StepReport:
    """What became of a step's rows."""

    name: str
    file: str
    rows: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    dirt: Dirt = field(default_factory=Dirt)

    def count(self, outcome: str) -> None:
        """Add a row to those with this outcome."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


class Importer:
    """One run of a mapping over a folder of files."""

    def __init__(self, graph: Graph, folder: Path, *, dry_run: bool, progress: Progress) -> None:
        self._graph = graph
        self._folder = folder
        self._dry_run = dry_run
        self._progress = progress
        self._ids: dict[str, dict[str, str]] = {}

    async def run(self, mapping: Mapping) -> list[StepReport]:
        """Take all steps in order and return what became of every row."""
        for step in mapping.steps:
            if not (self._folder / step.file).exists():
                raise MappingError(f"{self._folder} has no file {step.file}")
        return [await self._step(step) for step in mapping.steps]

    async def _step(self, step: Step) -> StepReport:
        rows = list(_rows(self._folder / step.file, step))
        report = StepReport(name=step.name, file=step.file, rows=len(rows))
        self._ids[step.name] = {}
        done = 0
        for chunk in _chunks(rows, BATCH * AT_ONCE):
            ready = list(self._clean(step, chunk, report))
            batches = _chunks(ready, BATCH if step.bulk else 1)
            await _limited(self._send(step, batch, report) for batch in batches)
            done += len(chunk)
            self._progress(step.name, done, len(rows))
        return report

    def _clean(
        self, step: Step, rows: Sequence[dict[str, str]], report: StepReport
    ) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
        ids: Ids = self._ids
        for row in rows:
            try:
                yield row, row_input(step, row, ids, report.dirt)
            except RowError as error:
                report.refused.append(Refusal(row, "INVALID", str(error)))

    async def _send(
        self, step: Step, batch: Sequence[tuple[dict[str, str], dict[str, Any]]], report: StepReport
    ) -> None:
        try:
            answers = await (self._bulk(step, batch) if step.bulk else self._single(step, batch[0]))
        except GraphError as error:
            if error.code == "INVALID" and len(batch) > 1:  # one malformed row must not cost the others
                half = len(batch) // 2
                await self._send(step, batch[:half], report)
                await self._send(step, batch[half:], report)
            else:
                report.refused.extend(Refusal(row, error.code, error.message) for row, _ in batch)
            return
        for (row, _), answer in zip(batch, answers, strict=True):
            if answer["outcome"] == "REFUSED":
                report.refused.append(Refusal(row, answer["code"], answer["message"]))
                continue
            report.count(answer["outcome"].lower())
            if step.key is not None:
                self._ids[step.name][row[step.key].strip()] = answer["id"]

    async def _bulk(
        self, step: Step, batch: Sequence[tuple[dict[str, str], dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        kind = f"{step.mutation[0].upper()}{step.mutation[1:]}Input"
        query = (
            f"mutation($input: {kind}!) {{ {step.mutation}(input: $input) "
            "{ rows { index outcome id code message } } }"
        )
        asked = {"rows": [made for _, made in batch], "dryRun": self._dry_run}
        data = await self._graph.ask(query, {"input": asked})
        answers: list[dict[str, Any]] = data[step.mutation]["rows"]
        return answers

    async def _single(self, step: Step, one: tuple[dict[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
        row, made = one
        verb = step.mutation
        noun = next(index for index, letter in enumerate(verb) if letter.isupper())
        payload = f"{verb[noun].lower()}{verb[noun + 1 :]}"
        key = f"{step.name}:{row[step.key] if step.key else made.get('id')}"
        if self._dry_run:  # later steps need something to point to
            return [{"outcome": "CREATED", "id": str(uuid5(NAMESPACE_OID, key))}]
        kind = f"{verb[0].upper()}{verb[1:]}Input"
        query = f"mutation($input: {kind}!) {{ {verb}(input: $input) {{ {payload} {{ id }} }} }}"
        data = await self._graph.ask(query, {"input": {**made, "idempotencyKey": key[:200]}})
        return [{"outcome": "UPDATED" if "id" in made else "CREATED", "id": data[verb][payload]["id"]}]


async def _limited(work: Iterable[Any]) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(job: Any) -> None:
        async with room:
            await job

    await asyncio.gather(*(one(job) for job in work))


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _rows(path: Path, step: Step) -> Iterator[dict[str, str]]:
    seen: set[str] = set()
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if step.only is not None and not row[step.only].strip():
                continue
            if step.distinct is not None:
                if row[step.distinct] in seen:
                    continue
                seen.add(row[step.distinct])
            yield row
