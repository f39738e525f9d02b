"""One graph over a supergraph: prepares operations and runs them."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from gateway.errors import problem
from gateway.execution.projection import Projector
from gateway.execution.run import Run
from gateway.execution.transport import Transport
from gateway.planning.limits import Limits
from gateway.planning.operation import Operation, Operations
from gateway.planning.persisted import Documents, Request
from gateway.planning.planner import Planner
from gateway.planning.trust import make_ready
from gateway.planning.trusted import Manifest, PlannedAhead
from gateway.supergraph.reading import read_supergraph

Answer = dict[str, Any]
Admission = Callable[[Operation], None]


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
    ) -> None:
        """With `only_trusted`, only the manifest's documents are admitted, and no Node is needed."""
        self.limits = limits
        self._supergraph = read_supergraph(supergraph)
        self._planner = None if only_trusted else Planner(supergraph)
        self._trusted = trusted or Manifest(supergraph="", documents={}, plans={})
        self._only_trusted = only_trusted
        self._seconds = seconds
        self._secretive = secretive

    async def start(self, urls: Mapping[str, str]) -> None:
        """Start the planner and open the connections; `urls` replaces the supergraph's addresses."""
        async with AsyncExitStack() as started:
            if self._planner is not None:
                started.push_async_callback(self._planner.stop)
                await self._planner.start()
            self._transport = Transport({**self._supergraph.urls, **urls}, self._seconds)
            started.push_async_callback(self._transport.close)
            documents = self._trusted.documents
            self._operations = Operations(
                schema=self._supergraph.schema,
                supergraph=self._supergraph,
                planner=PlannedAhead(self._trusted.plans, self._planner),
                limits=self.limits,
                secretive=self._secretive,
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

    async def answer(
        self,
        text: str,
        *,
        name: str | None,
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        admit: Admission,
    ) -> Answer:
        """Return the response; `admit` may refuse the operation before anything runs."""
        operations = self._operations
        prepared = operations.prepare(text, name)
        operation = prepared.operation
        admit(operation)
        values = operations.variables(prepared, variables)
        planned = await operations.planned(operation, values)
        run = Run(
            transport=self._transport,
            objects=self._supergraph.objects,
            variables=values,
            headers=headers,
            masked=self._secretive,
        )
        if planned.steps is not None:
            await planned.steps(run)
        if operation.introspection is not None:
            run.data.update(operation.introspection.answer(values))
        return _response(run, planned.projector)


def _response(run: Run, projector: Projector) -> Answer:
    lost: list[str] = []
    answer: Answer = {"data": projector.project(run.data, lost)}
    if lost and not run.errors:
        run.errors.append(problem(f"A service left {lost[0]} empty, which it may not be", "INTERNAL"))
    if run.errors:
        for error in run.errors:
            if "path" in error:
                error["path"] = projector.visible(error["path"])
        answer["errors"] = _distinct(run.errors)
    if run.parts:
        answer["extensions"] = {"parts": run.parts}
    return answer


def _distinct(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = {(e["message"], tuple(e.get("path") or ()), e["extensions"]["code"]): e for e in errors}
    return list(found.values())
