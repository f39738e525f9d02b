"""Cells: one contestant under one load; rounds interleave them, medians over the rounds count."""

import asyncio
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson

from benchmarks.gateway.contestants import Contestant
from benchmarks.gateway.load import Load, Measured
from benchmarks.gateway.processes import cpu_seconds, resident_megabytes, tree
from benchmarks.gateway.stack import Stack, answers

ANSWER_SECONDS = 30


class Differs(Exception):
    """A contestant does not answer what ours answers, or not at all."""


@dataclass(frozen=True)
class Cell:
    """What one contestant did under one load; times in milliseconds, CPU per request."""

    per_second: float
    p50: float
    p99: float
    cpu: float  # of the gateway, its planner included
    behind: float  # of the services and databases behind it
    memory: float  # megabytes
    failed: float  # requests without a whole answer


async def check(stack: Stack, contestants: Sequence[Contestant], bodies: list[str]) -> None:
    """Raise Differs unless all contestants give the same data for all bodies."""
    first, *others = contestants
    expected = await answers(first.url, stack.token, bodies)
    for body, answer in zip(bodies, expected, strict=True):
        if answer.get("errors"):
            raise Differs(f"{first.name} answers {answer['errors'][0]} to {body[-80:]}")
    for contestant in others:
        await _compare(contestant, stack, bodies, [answer["data"] for answer in expected])


async def _compare(contestant: Contestant, stack: Stack, bodies: list[str], expected: list[Any]) -> None:
    given = await answers(contestant.url, stack.token, bodies)
    for body, wanted, answer in zip(bodies, expected, given, strict=True):
        if answer.get("data") == wanted:
            continue
        # a peer that was idle fails once where a service had closed the connection: no wrong answer
        [again] = await answers(contestant.url, stack.token, [body])
        if again.get("data") != wanted:
            raise Differs(f"{contestant.name} answers differently to {body[-80:]}: {str(again)[:300]}")


async def cell(
    contestant: Contestant, stack: Stack, bodies: list[str], *, connections: int, seconds: float
) -> Cell:
    """Measure one cell; requests that fail count only as failures."""
    gateway, everything = tree(contestant.pid()), tree(os.getpid())
    used, used_in_all = cpu_seconds(gateway), cpu_seconds(everything)
    found = await _asked(
        Load(contestant.url, stack.tokens[: contestant.callers], bodies, connections, seconds)
    )
    gateway = tree(contestant.pid())
    used = cpu_seconds(gateway) - used
    used_in_all = cpu_seconds(tree(os.getpid())) - used_in_all
    if found.failed:
        sys.stderr.write(f"{contestant.name} fails {found.failed} times: {found.wrong[:300]}\n")
    requests = max(found.requests, 1)
    return Cell(
        per_second=found.per_second,
        p50=found.p50,
        p99=found.p99,
        cpu=1000 * used / requests,
        behind=1000 * (used_in_all - used) / requests,
        memory=resident_megabytes(gateway),
        failed=found.failed,
    )


async def rounds(
    contestants: Sequence[Contestant],
    stack: Stack,
    bodies: list[str],
    *,
    connections: Sequence[int],
    seconds: float,
    count: int,
) -> dict[tuple[str, int], Cell]:
    """Measure every contestant at every number of connections, one after the other, again and again."""
    found: dict[tuple[str, int], list[Cell]] = {}
    for number in range(count):
        for many in connections:
            for contestant in contestants:
                done = await cell(contestant, stack, bodies, connections=many, seconds=seconds)
                found.setdefault((contestant.name, many), []).append(done)
        sys.stderr.write(f"round {number + 1} of {count} done\n")
    return {key: median(cells) for key, cells in found.items()}


def median(cells: Sequence[Cell]) -> Cell:
    """The cell of the medians."""
    names = [field.name for field in fields(Cell)]
    return Cell(**{name: statistics.median(getattr(cell, name) for cell in cells) for name in names})


async def _asked(load: Load) -> Measured:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.gateway.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(load.seconds + ANSWER_SECONDS):
            written, _ = await process.communicate(orjson.dumps(asdict(load)))
    except TimeoutError:
        process.kill()
        raise Differs(f"{load.url} leaves requests without an answer for {ANSWER_SECONDS} s") from None
    if process.returncode:
        raise RuntimeError("The load generator failed")
    return Measured(**orjson.loads(written))
