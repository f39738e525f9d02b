"""One graph over a supergraph: prepares operations and runs them."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from gateway.errors import Problem, problem
from gateway.execution.projection import Place, Projector
from gateway.execution.run import Run
from gateway.execution.transport import Transport
from gateway.metrics import COSTS
from gateway.planning.limits import Limits, check_cost
from gateway.planning.operation import Operation, Operations, Planned
from gateway.planning.persisted import Documents, Request
from gateway.planning.planner import Planner
from gateway.planning.trust import make_ready
from gateway.planning.trusted import Manifest, PlannedAhead
from gateway.supergraph.reading import read_supergraph

Answer = dict[str, Any]
Admission = Callable[[Operation, int], None]


@dataclass(frozen=True)
class Ready:
    """An admitted operation with its variables, its cost and its plan."""

    operation: Operation
    variables: Mapping[str, Any]
    cost: int
    planned: Planned


class Engine:
    """Answers GraphQL requests from the subgraphs of one supergraph."""

    def __init__(
        self,
        supergraph: str,
        trusted: Manifest | None = None,
        *,
        only_trusted: bool = False,
        limits: Limits,
        seconds: float,
        secretive: bool,
        speculates: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """With `only_trusted`, only the manifest's documents are admitted, and no Node is needed."""
        self.limits = limits
        self.supergraph = read_supergraph(supergraph)
        self._planner = None if only_trusted else Planner(supergraph)
        self._trusted = trusted or Manifest(supergraph="", documents={}, plans={})
        self._only_trusted = only_trusted
        self._seconds = seconds
        self._secretive = secretive
        self._speculates = speculates
        self._tls = tls

    async def start(self, urls: Mapping[str, str]) -> None:
        """Start the planner and open the connections; `urls` replaces the supergraph's addresses."""
        async with AsyncExitStack() as started:
            if self._planner is not None:
                started.push_async_callback(self._planner.stop)
                await self._planner.start()
            self._transport = Transport({**self.supergraph.urls, **urls}, self._seconds, self._tls)
            started.push_async_callback(self._transport.close)
            documents = self._trusted.documents
            self._operations = Operations(
                schema=self.supergraph.schema,
                supergraph=self.supergraph,
                planner=PlannedAhead(self._trusted.plans, self._planner),
                limits=self.limits,
                secretive=self._secretive,
                speculates=self._speculates,
                admitted=documents if self._only_trusted else None,
            )
            self._documents = Documents(self._operations, documents, only_trusted=self._only_trusted)
            await make_ready(self._trusted, self._operations)
            self._started = started.pop_all()

    async def stop(self) -> None:
        """Close the connections and end the planner."""
        await self._started.aclose()

    @property
    def plans(self) -> bool:
        """Whether operations can be planned now, or need not be."""
        return self._planner is None or self._planner.running

    def text(self, request: Request) -> str:
        """Return the document that a request sends in full or names by its hash."""
        return self._documents.text(request)

    async def ready(
        self, text: str, *, name: str | None, variables: Mapping[str, Any], admit: Admission
    ) -> Ready:
        """Prepare an operation; `admit` may refuse it, knowing its cost, before anything is planned."""
        operations = self._operations
        prepared = operations.prepare(text, name)
        operation = prepared.operation
        values = operations.variables(prepared, variables)
        cost = operations.cost(prepared, values)
        COSTS.observe(cost)
        check_cost(cost, self.limits)
        admit(operation, cost)
        return Ready(operation, values, cost, await operations.planned(operation, values))

    async def run(
        self, ready: Ready, headers: Mapping[str, str], *, until: float, event: dict[str, Any] | None = None
    ) -> Answer:
        """Return the response, with what was fetched by `until`; that of a subscription is for one event."""
        run = Run(
            transport=self._transport,
            objects=self.supergraph.objects,
            variables=ready.variables,
            headers=headers,
            masked=self._secretive,
            until=until,
            event=event,
        )
        if ready.planned.steps is not None:
            await ready.planned.steps(run)
        if ready.operation.introspection is not None:
            run.data.update(ready.operation.introspection.answer(ready.variables))
        answer = _response(run, ready.planned.projector)
        if not self._secretive:
            answer.setdefault("extensions", {})["cost"] = ready.cost
        return answer


def _response(run: Run, projector: Projector) -> Answer:
    lost: list[str] = []
    answer: Answer = {"data": projector.project(run.data, lost)}
    if lost and not run.errors:
        run.errors.append(problem(f"A service left {lost[0]} empty, which it may not be", "INTERNAL"))
    if run.errors:
        answer["errors"] = _distinct(_shown(run.errors, projector, answer["data"]))
    if run.parts:
        answer["extensions"] = {"parts": run.parts}
    if run.kept_back:
        answer.setdefault("extensions", {})["masked"] = run.kept_back
    return answer


def _shown(errors: list[Problem], projector: Projector, data: Any) -> Iterator[Problem]:
    """The errors at the caller's places; one field may be selected under several aliases."""
    for error in errors:
        if "path" not in error:
            yield error
            continue
        places = projector.visible(error["path"])
        for place in [place for place in places if _reaches(data, place)] or places[:1]:
            yield {**error, "path": place}


def _reaches(data: Any, place: Place) -> bool:
    """Whether the answer has the place or a null above it; a fragment of another type has neither."""
    for step in place:
        if data is None:
            return True
        if isinstance(step, str) and step not in data:
            return False
        data = data[step]
    return True


def _distinct(errors: Iterator[Problem]) -> list[Problem]:
    found = {(e["message"], tuple(e.get("path") or ()), e["extensions"]["code"]): e for e in errors}
    return list(found.values())
