"""What every step of the loading works with: the graph, the company, and the ids it got so far."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from demo.records import Company
from roundel_cli.graph import Graph, GraphError

BATCH = 10  # mutations in one document: the gateway gives a service five seconds for one
PAGE = 100  # records in one answer
AT_ONCE = 4  # documents in flight
PATIENCE = 60.0  # seconds for what arrives by events

Input = Mapping[str, Any]
Progress = Callable[[str, int, int], None]  # step, done, in all


class World:
    """One loading; `ids` maps keys like "customer/c000" to ids in the graph."""

    def __init__(self, graph: Graph, companies: Sequence[Company], today: date, progress: Progress) -> None:
        self.companies = companies
        self.customers = [company for company in companies if company.registered_at]
        self.today = today
        self.ids: dict[str, str] = {}
        self.owners: dict[str, str] = {}  # id of the employee by the company's key
        self._graph = graph
        self._progress = progress
        self._room = asyncio.Semaphore(AT_ONCE)

    async def change(
        self, step: str, mutation: str, inputs: Mapping[str, Input], selection: str
    ) -> dict[str, Any]:
        """Call a mutation for every input, many in one document; return the payloads by the inputs' keys.

        The keys make the idempotency keys, so that a second loading changes nothing.
        """
        payloads: dict[str, Any] = {}

        async def one(keys: Sequence[str]) -> None:
            variables = {
                f"i{place}": {**inputs[key], "idempotencyKey": f"demo/{mutation}/{key}"}
                for place, key in enumerate(keys)
            }
            data = await self._send(_document(mutation, selection, len(keys)), variables)
            payloads.update((key, data[f"m{place}"]) for place, key in enumerate(keys))
            self._progress(step, len(payloads), len(inputs))

        self._progress(step, 0, len(inputs))
        await asyncio.gather(*(one(keys) for keys in _slices(list(inputs), BATCH)))
        return payloads

    async def create(
        self, step: str, mutation: str, inputs: Mapping[str, Input], noun: str, *, payload: str = ""
    ) -> None:
        """Call a mutation for every input and keep the ids of what it made as "noun/key"."""
        payload = payload or noun
        made = await self.change(step, mutation, inputs, f"{payload} {{ id }}")
        self.ids.update((f"{noun}/{key}", result[payload]["id"]) for key, result in made.items())

    async def bring_in(self, step: str, mutation: str, rows: Mapping[str, Input], noun: str) -> None:
        """Call a bulk mutation and keep the ids of what came in as "noun/key"."""
        keys = list(rows)
        data = await self.change(
            step, mutation, {"all": {"rows": [rows[key] for key in keys]}}, "rows { id message }"
        )
        for key, row in zip(keys, data["all"]["rows"], strict=True):
            if not row["id"]:
                raise GraphError(f"{mutation} refuses {key}: {row['message']}", "INVALID")
            self.ids[f"{noun}/{key}"] = row["id"]

    async def arrived(
        self, step: str, root: str, filter: str, wanted: Sequence[str], selection: str, *, each: int = 1
    ) -> list[dict[str, Any]]:
        """Return the records that a filter like "LeadFilter.email" finds, once every value has so many."""
        type, field = filter.split(".")
        fields = f"{root}(filter: $filter, first: {PAGE}) {{ nodes {{ {selection} }} }}"
        query = f"query($filter: {type}) {{ {fields} }}"
        clock = asyncio.get_running_loop().time
        deadline, pause = clock() + PATIENCE, 0.1

        async def page(values: Sequence[str]) -> list[dict[str, Any]]:
            data = await self._ask(query, {"filter": {field: {"in": values}}})
            nodes: list[dict[str, Any]] = data[root]["nodes"]
            return nodes

        while True:
            pages = await asyncio.gather(*(page(values) for values in _slices(wanted, PAGE // each)))
            found = [node for nodes in pages for node in nodes]
            self._progress(step, len(found), len(wanted) * each)
            if len(found) >= len(wanted) * each:
                return found
            if clock() > deadline:
                raise GraphError(
                    f"{step}: only {len(found)} of {len(wanted) * each} {root} arrived in {PATIENCE:.0f} s; "
                    "see the logs of the services, then load again",
                    "UNAVAILABLE",
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1)

    async def _send(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Repeat mutations while what they name is not known yet where they arrive."""
        for pause in (0.2, 0.5, 1, 2, 4, 8):
            try:
                return await self._ask(document, variables)
            except GraphError as error:
                if error.code != "NOT_FOUND":
                    raise
            await asyncio.sleep(pause)
        return await self._ask(document, variables)

    async def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        async with self._room:
            return await self._graph.ask(query, variables)


def _document(mutation: str, selection: str, count: int) -> str:
    type = f"{mutation[0].upper()}{mutation[1:]}Input"
    declared = ", ".join(f"$i{place}: {type}!" for place in range(count))
    calls = " ".join(f"m{place}: {mutation}(input: $i{place}) {{ {selection} }}" for place in range(count))
    return f"mutation({declared}) {{ {calls} }}"


def _slices(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
