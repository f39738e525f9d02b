"""The query planner, a child process behind a small interface."""

import asyncio
import itertools
import json
import logging
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from gateway.metrics import PLANS
from gateway.supergraph.node import node_command
from gateway.supergraph.reading import UnfitSupergraph

log = logging.getLogger(__name__)

QUEUE = 256
SECONDS = 5.0
START_SECONDS = 30.0
ATTEMPTS = 3
LINE_BYTES = 64 * 1024 * 1024

Plan = dict[str, Any]


class Plans(Protocol):
    """Where the plans of operations come from."""

    async def plan(self, document: str) -> Plan:
        """Return the plan of the document's one operation, which is valid against the API's schema."""
        ...


class PlannerUnavailable(Exception):
    """No plan can be had now: the queue is full, time ran out, or the child keeps dying."""


class Unplannable(Exception):
    """The planner knows no way to answer the operation."""


@dataclass(eq=False)
class _Question:
    line: bytes
    answer: asyncio.Future[Plan]
    attempts: int = field(default=0)


class Planner:
    """Plans operations in a child that is restarted when it dies; open questions are asked again."""

    def __init__(self, supergraph: str) -> None:
        """Take the supergraph as text: its file may be another one when the child is started again."""
        self._command = node_command("plan.mjs")
        self._supergraph = orjson.dumps({"supergraph": supergraph}) + b"\n"
        self._ids = itertools.count()
        self._open: dict[int, _Question] = {}
        self._child: asyncio.subprocess.Process | None = None
        self._supervising: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the child."""
        child = await self._spawn()
        self._supervising = asyncio.create_task(self._supervise(child))

    async def stop(self) -> None:
        """End the child."""
        if self._supervising is not None:
            self._supervising.cancel()
            await asyncio.gather(self._supervising, return_exceptions=True)
        if self._child is not None:
            await _ended(self._child)
            self._child = None

    async def plan(self, document: str) -> Plan:
        """Return the plan of the document's one operation, which is valid against the API's schema."""
        PLANS.labels("planner").inc()
        if len(self._open) >= QUEUE:
            raise PlannerUnavailable(f"{QUEUE} operations already wait for a plan; try again.")
        number = next(self._ids)
        # in ASCII, because the child's lines end at some characters of Unicode too
        line = json.dumps({"id": number, "document": document}) + "\n"
        question = _Question(line.encode(), asyncio.get_running_loop().create_future())
        self._open[number] = question
        try:
            async with asyncio.timeout(SECONDS):
                self._ask(question)
                return await question.answer
        except TimeoutError:
            self._kill()  # it may be stuck in this operation; the others are asked again
            raise PlannerUnavailable(f"No plan within {SECONDS:g} s; simplify the operation.") from None
        finally:
            del self._open[number]

    @property
    def running(self) -> bool:
        """Whether the child answers now."""
        return self._child is not None and self._child.returncode is None

    async def _spawn(self) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(self._supergraph)
            async with asyncio.timeout(START_SECONDS):
                first = await child.stdout.readline()
            hello = orjson.loads(first) if first else {"error": "The planner did not start."}
            if "error" in hello:
                raise UnfitSupergraph(hello["error"])
        except BaseException:
            await _ended(child)
            raise
        self._child = child
        return child

    async def _supervise(self, child: asyncio.subprocess.Process) -> None:
        while True:
            try:
                await self._read(child)
            except ValueError as error:  # half a line, when it is killed while it answers
                log.warning("The planner's answer cannot be read: %s", error)
            self._child = None
            await _ended(child)
            log.warning("The planner ended with %s; it is started again.", child.returncode)
            child = await self._restarted()
            for question in list(self._open.values()):
                self._ask(question)

    async def _restarted(self) -> asyncio.subprocess.Process:
        for pause in itertools.chain((0.0, 0.1, 0.5, 1.0), itertools.repeat(5.0)):
            await asyncio.sleep(pause)
            try:
                return await self._spawn()
            except (OSError, TimeoutError, ValueError, UnfitSupergraph) as error:
                log.error("The planner cannot be started: %s", error)
        raise AssertionError("unreachable")

    def _ask(self, question: _Question) -> None:
        if question.attempts == ATTEMPTS:
            _settle(question, PlannerUnavailable("The planner keeps ending on this operation; simplify it."))
        elif self._child is not None and (stdin := self._child.stdin) and not stdin.is_closing():
            question.attempts += 1
            stdin.write(question.line)

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        while line := await child.stdout.readline():
            answer = orjson.loads(line)
            question = self._open.get(answer["id"])
            if question is not None:
                _settle(question, answer["plan"] if "plan" in answer else Unplannable(answer["error"]))

    def _kill(self) -> None:
        if self._child is not None and self._child.returncode is None:
            self._child.kill()


async def _ended(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()


def _settle(question: _Question, answer: Plan | Exception) -> None:
    if question.answer.done():
        return
    if isinstance(answer, Exception):
        question.answer.set_exception(answer)
    else:
        question.answer.set_result(answer)
