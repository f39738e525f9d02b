"""Like questions of one caller that come one soon after the other are asked as one."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.execution.joining import AboutAll, parts, shape, share, together
from gateway.execution.questions import Question
from gateway.metrics import GATHERED

Answer = dict[str, Any]
Ask = Callable[[Question, float], Awaitable[Answer]]

# Of the time that requests with such a question take, what the first may wait for company at most.
WAITING_SHARE = 0.4
MOST_SECONDS = 0.03
# Requests whose first questions were asked together go on together: their next ones need no long wait.
NEXT_SECONDS = 0.001
NEWEST_SHARE = 0.1
# What takes as long even at its quickest takes its time for the entities, not for the asking.
LONGEST_SECONDS = 0.1
# What is asked together has the time of whoever has least.
APART_SECONDS = 0.5
# After a failure each asks alone for a while: one of them may be what the service cannot do.
REST_SECONDS = 10.0
MOST_LINES = 1_000


class _Waiting:
    """One question, and whoever waits for its answer."""

    __slots__ = ("answer", "ask", "asking", "question", "until")

    def __init__(self, question: Question, ask: Ask, until: float) -> None:
        self.question = question
        self.ask = ask
        self.until = until
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.asking: _Asking | None = None


@dataclass
class _Asking:
    """Questions under way together."""

    all: Sequence[_Waiting]
    task: "asyncio.Task[None]"

    def give_up(self) -> None:
        """Ask no more when nobody waits any more."""
        if all(each.answer.done() for each in self.all):
            self.task.cancel()


class Line:
    """The questions of one shape and caller, and what is known of those before."""

    def __init__(self) -> None:
        self._present = 0
        self._waiting: list[_Waiting] = []
        self._filled = 0.0
        self._next: asyncio.Handle | None = None
        self._next_at = 0.0
        self._usual = 0.0
        self._quickest = math.inf
        self._rests_until = 0.0

    def enter(self) -> None:
        """A request has such a question."""
        self._present += 1

    def leave(self, seconds: float) -> None:
        """A request is over that took so long."""
        self._usual += (seconds - self._usual) * (NEWEST_SHARE if self._usual else 1)
        self._present -= 1

    async def answer(self, question: Question, ask: Ask, until: float, *, first: bool) -> Answer:
        """Return the answer of the subgraph, asked alone or together with others before `until`.

        `first` tells that the request has not waited for an answer yet.
        """
        if self._present < 2 or self._rests:
            return await self._timed(ask, question, until)
        one = _Waiting(question, ask, until)
        self._add(one)
        self._go_within(self._patience() if first else NEXT_SECONDS)
        try:
            return await one.answer
        except asyncio.CancelledError:
            if one.asking is not None:
                one.asking.give_up()
            raise

    @property
    def _rests(self) -> bool:
        slow = LONGEST_SECONDS < self._quickest < math.inf
        return slow or asyncio.get_running_loop().time() < self._rests_until

    def _add(self, one: _Waiting) -> None:
        added = share(one.question)
        if self._waiting and (
            self._filled + added > 1 or abs(self._waiting[0].until - one.until) > APART_SECONDS
        ):
            self._go()
        self._waiting.append(one)
        self._filled += added

    def _patience(self) -> float:
        """How long whoever comes first waits for the others, who are the fewer the nearer this is to none."""
        return min(self._usual * WAITING_SHARE * (1 - 1 / self._present), MOST_SECONDS)

    def _go_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if self._next is not None:
            if self._next_at <= at:
                return
            self._next.cancel()
        self._next, self._next_at = loop.call_later(seconds, self._go), at

    def _go(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        asked = [each for each in self._waiting if not each.answer.done()]
        self._waiting, self._filled = [], 0.0
        if asked:
            asking = _Asking(asked, asyncio.get_running_loop().create_task(self._ask_for(asked)))
            for each in asked:
                each.asking = asking

    async def _ask_for(self, asked: Sequence[_Waiting]) -> None:
        try:
            if len(asked) == 1:
                found = [await self._timed(asked[0].ask, asked[0].question, asked[0].until)]
            else:
                found = await self._ask_together(asked)
        except AboutAll:
            self._rest()
            await asyncio.gather(*(self._ask_for([each]) for each in asked))
            return
        except Exception as error:
            if len(asked) > 1:
                self._rest()
            for each in asked:
                if not each.answer.done():
                    each.answer.set_exception(error)
            return
        for each, part in zip(asked, found, strict=True):
            if not each.answer.done():
                each.answer.set_result(part)

    async def _ask_together(self, asked: Sequence[_Waiting]) -> list[Answer]:
        questions = [each.question for each in asked]
        answer = await self._timed(asked[0].ask, together(questions), min(each.until for each in asked))
        found = parts(answer, questions)
        GATHERED.labels(questions[0].fetch.service).inc(len(asked))
        return found

    async def _timed(self, ask: Ask, question: Question, until: float) -> Answer:
        clock = asyncio.get_running_loop().time
        began = clock()
        answer = await ask(question, until)
        self._quickest = min(self._quickest, clock() - began)
        return answer

    def _rest(self) -> None:
        self._rests_until = asyncio.get_running_loop().time() + REST_SECONDS


class Gathering:
    """The lines in which questions wait for company: those that were used last."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, Line] = OrderedDict()

    def line(self, caller: Hashable, question: Question) -> Line | None:
        """Where like questions of the caller wait; None for one that can only be asked alone."""
        like = shape(question)
        if like is None:
            return None
        key = (caller, like)
        line = self._lines.get(key)
        if line is not None:
            self._lines.move_to_end(key)
            return line
        line = self._lines[key] = Line()
        if len(self._lines) > MOST_LINES:
            self._lines.popitem(last=False)
        return line
