"""Each service in turn breaks in six ways under load: what holds is printed, and the exit status says it.

For every service and fault: what other services give stays correct; the p99 of queries that do not touch the
service at most doubles against the same load before; the service is used again within five seconds of its
return; the gateway's figures show what happened.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from fault_proxy import FAULTS, FaultProxy
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.graph import sign_in
from deploy.local.ports import free_ports
from deploy.local.suite import ADMINISTRATOR, ROOT, SERVICES, Suite

PAGE = (ROOT / "docs/graphql/customer360.graphql").read_text()
LISTS = {
    "identity": "employees(first: $n) { nodes { name email } }",
    "customer": "customers(first: $n) { nodes { name status } }",
    "marketing": "campaigns(first: $n) { nodes { name channel } }",
    "sales": "contracts(first: $n) { nodes { number title status } }",
    "project": "projects(first: $n) { nodes { name status } }",
    "service_desk": "tickets(first: $n) { nodes { number subject } }",
    "finance": "invoices(first: $n) { nodes { number status } }",
    "automation": "todos(first: $n) { nodes { title status } }",
    "insight": "kpis { key value }",
}
UNAFFECTED_PER_SECOND = 40
AFFECTED_PER_SECOND = 6
WORST_RATIO = 2.0
NOISE_SECONDS = 0.025  # what a busy machine adds to a p99 by itself
FEWEST_FOR_P99 = 500  # in a short run it is the slowest single answer, which is shown and not judged
RECOVERY_SECONDS = 5.0
SUBGRAPH_SECONDS = 5.0
OPENING = ("down", "garbage", "resets", "hanging")
RETRIED = ("down", "garbage", "resets")

NUMBERS = itertools.count()

Json = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A query that the load asks, and whether it touches the service under test."""

    query: str
    variables: Json
    affected: bool

    @property
    def key(self) -> str:
        """What tells this question from others."""
        return self.query + json.dumps(self.variables, sort_keys=True)


@dataclass
class Round:
    """What was seen under load."""

    seconds: list[float] = field(default_factory=list)  # of the unaffected queries
    answers: list[tuple[Question, Json]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """The time within which 99 of 100 unaffected queries were answered."""
        return statistics.quantiles(self.seconds, n=100)[98]


class Load:
    """Asks the gateway at a steady rate, whatever becomes of the answers."""

    def __init__(self, suite: Suite, http: aiohttp.ClientSession, customers: list[str]) -> None:
        self._suite = suite
        self._http = http
        self._customers = customers
        self.token = ""

    async def ask(self, question: Question) -> Json:
        """Return one answer."""
        body = {"query": question.query, "variables": question.variables}
        headers = {"authorization": f"Bearer {self.token}"}
        async with self._http.post(self._suite.graph, json=body, headers=headers) as response:
            found: Json = await response.json()
            return found

    def questions(self, service: str) -> Iterator[Question]:
        """Endless questions in the load's proportions."""
        others = [name for name in SERVICES if name != service]
        total = UNAFFECTED_PER_SECOND + AFFECTED_PER_SECOND
        while True:
            if random.random() * total < UNAFFECTED_PER_SECOND:
                yield _list(random.choice(others), affected=False)
            elif random.random() < 0.5:
                yield _list(service, affected=True)
            else:
                yield Question(PAGE, {"id": random.choice(self._customers)}, affected=True)

    async def run(self, service: str, seconds: float) -> Round:
        """Ask for so many seconds and wait for all answers."""
        seen, asking = Round(), set[asyncio.Task[None]]()
        until = time.monotonic() + seconds
        pause = 1 / (UNAFFECTED_PER_SECOND + AFFECTED_PER_SECOND)
        for question in self.questions(service):
            task = asyncio.create_task(self._measured(question, seen))
            asking.add(task)
            task.add_done_callback(asking.discard)
            await asyncio.sleep(random.expovariate(1 / pause))
            if time.monotonic() > until:
                break
        await asyncio.gather(*asking)
        return seen

    async def _measured(self, question: Question, seen: Round) -> None:
        began = time.perf_counter()
        try:
            answer = await self.ask(question)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            seen.failures.append(f"no answer: {error!r}")
            return
        if not question.affected:
            seen.seconds.append(time.perf_counter() - began)
        seen.answers.append((question, answer))


def _list(service: str, *, affected: bool) -> Question:
    if "$n" not in LISTS[service]:
        return Question(f"{{ {LISTS[service]} }}", {}, affected)
    # few distinct numbers, so that each answer can be compared with one given before
    return Question(f"query($n: Int!) {{ {LISTS[service]} }}", {"n": random.randint(1, 5)}, affected)


def _probe(service: str) -> Question:
    # an alias that nobody used, so that it shares no call that hangs since before
    return Question(
        _list(service, affected=True).query.replace("{ ", f"{{ a{next(NUMBERS)}: ", 1), {"n": 1}, True
    )


class Expectation:
    """What the questions are answered while nothing is broken."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._known: dict[str, Json] = {}

    async def wrong(self, seen: Round, service: str, fault: str) -> list[str]:
        """What is wrong in the answers given during the fault, compared with those given after it."""
        self._known.clear()
        found: dict[str, None] = {}
        for question, answer in seen.answers:
            if question.key not in self._known:
                self._known[question.key] = await self._load.ask(question)
            mistake = _mistake(question, answer, self._known[question.key], service, fault)
            if mistake:
                found[mistake] = None
        return [*seen.failures, *found]


def _mistake(question: Question, answer: Json, expected: Json, service: str, fault: str) -> str | None:
    errors = answer.get("errors") or []
    if errors and (not question.affected or fault == "slow"):
        return f"{question.query[:40]}… has an error: {errors[0]['message']}"
    strangers = [error for error in errors if error["extensions"].get("service") != service]
    if strangers:
        return f"an error of another service: {strangers[0]}"
    explained = [tuple(error.get("path") or ()) for error in errors]
    place = _difference(answer.get("data"), expected.get("data"), (), explained)
    return f"{question.query[:40]}… differs at {place}" if place is not None else None


def _difference(got: Any, expected: Any, place: tuple[Any, ...], explained: list[tuple[Any, ...]]) -> Any:
    """The first place that differs without an error that explains its null."""
    if got == expected:
        return None
    if got is None:
        told = any(place[: len(path)] == path or path[: len(place)] == place for path in explained)
        return None if told else place
    if type(got) is dict and type(expected) is dict and got.keys() == expected.keys():
        pairs = [(key, got[key], expected[key]) for key in got]
    elif type(got) is list and type(expected) is list and len(got) == len(expected):
        pairs = [(index, *both) for index, both in enumerate(zip(got, expected, strict=True))]
    else:
        return place
    differences = (_difference(g, e, (*place, key), explained) for key, g, e in pairs)
    return next((found for found in differences if found is not None), None)


@dataclass(frozen=True)
class Figures:
    """What the gateway tells of one service."""

    retries: float
    opened: float

    @classmethod
    async def read(cls, suite: Suite, http: aiohttp.ClientSession, service: str) -> "Figures":
        """Read /metrics."""
        async with http.get(f"{suite.graph.removesuffix('/graphql')}/metrics") as response:
            families = list(text_string_to_metric_families(await response.text()))

        def total(name: str) -> float:
            samples = [sample for family in families for sample in family.samples if sample.name == name]
            return sum(sample.value for sample in samples if sample.labels["service"] == service)

        return cls(total("gateway_retries_total"), total("gateway_breaker_opened_total"))


class Proof:
    """The run of all faults over one suite."""

    def __init__(
        self, suite: Suite, proxies: dict[str, FaultProxy], load: Load, http: aiohttp.ClientSession
    ) -> None:
        self._suite = suite
        self._proxies = proxies
        self._load = load
        self._http = http

    async def service(self, service: str, faults: list[str], seconds: float) -> bool:
        """Break one service in each way; whether all held."""
        signed_in = await sign_in(self._suite.graph, ADMINISTRATOR, self._suite.administrator_password)
        self._load.token = signed_in.token
        await self._load.run(service, min(seconds, 3))  # plans and connections are there when time is taken
        usual = await self._load.run(service, seconds)
        row = Row(service, "none", usual.p99, 1.0, self._memory())
        row.told("", _verdict(usual.failures) if usual.failures else "")
        return all([await self._fault(service, fault, seconds, usual.p99) for fault in faults])

    async def _fault(self, service: str, fault: str, seconds: float, usual: float) -> bool:
        proxy = self._proxies[service]
        before = await Figures.read(self._suite, self._http, service)
        await proxy.breaks(fault)
        running = asyncio.create_task(self._load.run(service, seconds))
        await asyncio.sleep(seconds)
        await proxy.recovers()
        recovery = await self._recovery(service)
        seen = await running
        after = await Figures.read(self._suite, self._http, service)
        await self._recovery(service)
        problems = await Expectation(self._load).wrong(seen, service, fault)
        retries, opened = after.retries - before.retries, after.opened - before.opened
        problems += [*_late(seen, usual, recovery), *_unseen(fault, seconds, retries, opened)]
        row = Row(service, fault, seen.p99, seen.p99 / usual, self._memory())
        row.told(f"{recovery:10.1f}{retries:9.0f}{opened:8.0f}", _verdict(problems))
        return not problems

    async def _recovery(self, service: str) -> float:
        """How long until the service is used again; it is asked until then."""
        began = time.monotonic()
        while time.monotonic() - began < 3 * RECOVERY_SECONDS:
            answer = await self._load.ask(_probe(service))
            if not answer.get("errors"):
                break
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    def _memory(self) -> float:
        status = Path(f"/proc/{self._suite.pid('gateway')}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    service: str
    fault: str
    p99: float
    ratio: float
    memory: float

    def told(self, figures: str, verdict: str) -> None:
        """Print the line."""
        times = f"{self.p99 * 1000:8.0f}{self.ratio:7.2f}{self.memory:8.0f}"
        _say(f"{self.service:13}{self.fault:9}{times}{figures:27}  {verdict}")


def _late(seen: Round, usual: float, recovery: float) -> Iterator[str]:
    enough = len(seen.seconds) >= FEWEST_FOR_P99
    if enough and seen.p99 > WORST_RATIO * usual and seen.p99 - usual > NOISE_SECONDS:
        yield "p99 of the others more than doubled"
    if recovery > RECOVERY_SECONDS:
        yield f"back only after {recovery:.1f} s"


def _unseen(fault: str, seconds: float, retries: float, opened: float) -> Iterator[str]:
    if fault in RETRIED and not retries:
        yield "no retry in the figures"
    # a hanging service is known as such when the first fetches have run out of time
    if fault in OPENING and not opened and (fault != "hanging" or seconds > SUBGRAPH_SECONDS + 2):
        yield "the breaker did not open"
    if fault not in OPENING and opened:
        yield "the breaker opened"


def _verdict(problems: list[str]) -> str:
    return "; ".join(["WRONG", *problems[:3]]) if problems else "holds"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@asynccontextmanager
async def proof(folder: Path) -> AsyncIterator[Proof]:
    """A suite with data and a proxy before each service."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    addresses = {name: f"http://127.0.0.1:{port}/graphql" for name, port in ports.items()}
    environment = {
        "ROUNDEL_SUBGRAPHS": json.dumps(addresses),
        "ROUNDEL_SUBGRAPH_SECONDS": str(SUBGRAPH_SECONDS),
    }
    suite = Suite(folder, durable=False, environment=environment)
    async with AsyncExitStack() as stack:
        proxies = {
            name: await stack.enter_async_context(FaultProxy(port, suite.service_url(name)))
            for name, port in ports.items()
        }
        await stack.enter_async_context(suite)
        limit = aiohttp.ClientTimeout(total=20)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=limit)
        )
        load = Load(suite, http, await _furnish(suite, http))
        yield Proof(suite, proxies, load, http)


async def _furnish(suite: Suite, http: aiohttp.ClientSession) -> list[str]:
    """Load the demonstration company; returns the ids of some customers."""
    token = (await sign_in(suite.graph, ADMINISTRATOR, suite.administrator_password)).token
    environment = {**os.environ, "ROUNDEL_GRAPH": suite.graph, "ROUNDEL_TOKEN": token}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "load", cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise SystemExit("The demonstration company could not be loaded.")
    load = Load(suite, http, [])
    load.token = (await sign_in(suite.graph, ADMINISTRATOR, suite.administrator_password)).token
    answer = await load.ask(Question("{ customers(first: 20) { nodes { id } } }", {}, affected=False))
    return [node["id"] for node in answer["data"]["customers"]["nodes"]]


async def main() -> int:
    """Run the faults asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="how long each fault lasts")
    parser.add_argument("--services", nargs="+", choices=SERVICES, default=list(SERVICES))
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with proof(Path(folder)) as running:
            _say("service      fault      p99 ms  ratio  RSS MB  recovery  retries  opened")
            held = [await running.service(name, asked.faults, asked.seconds) for name in asked.services]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
