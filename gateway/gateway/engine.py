"""One graph over a supergraph: prepares operations and runs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import problem
from gateway.execution.projection import Projector
from gateway.execution.run import Run
from gateway.execution.transport import Transport
from gateway.planning.limits import Limits
from gateway.planning.operation import Operation, Operations, Planned
from gateway.planning.planner import Planner
from gateway.supergraph.reading import read_supergraph

Answer = dict[str, Any]
Admission = Callable[[Operation], None]


@dataclass(frozen=True)
class Ready:
    """An admitted operation with its variables and its plan."""

    operation: Operation
    variables: Mapping[str, Any]
    planned: Planned


class Engine:
    """Answers GraphQL requests from the subgraphs of one supergraph."""

    def __init__(self, supergraph: Path, *, limits: Limits, seconds: float, secretive: bool) -> None:
        self.limits = limits
        self.planner = Planner(supergraph)
        self.supergraph = read_supergraph(supergraph.read_text())
        self._seconds = seconds
        self._secretive = secretive

    async def start(self, urls: Mapping[str, str]) -> None:
        """Start the planner and open the connections; `urls` replaces the supergraph's addresses."""
        await self.planner.start()
        self._transport = Transport({**self.supergraph.urls, **urls}, self._seconds)
        self._operations = Operations(
            schema=self.supergraph.schema,
            supergraph=self.supergraph,
            planner=self.planner,
            limits=self.limits,
            secretive=self._secretive,
        )

    async def stop(self) -> None:
        """Close the connections and end the planner."""
        await self._transport.close()
        await self.planner.stop()

    async def ready(
        self, text: str, *, name: str | None, variables: Mapping[str, Any], admit: Admission
    ) -> Ready:
        """Prepare an operation; `admit` may refuse it before anything is planned."""
        operations = self._operations
        prepared = operations.prepare(text, name)
        operation = prepared.operation
        admit(operation)
        values = operations.variables(prepared, variables)
        return Ready(operation, values, await operations.planned(operation, values))

    async def run(
        self, ready: Ready, headers: Mapping[str, str], *, event: dict[str, Any] | None = None
    ) -> Answer:
        """Return the response, that of a subscription for one event's representation."""
        run = Run(
            transport=self._transport,
            objects=self.supergraph.objects,
            variables=ready.variables,
            headers=headers,
            masked=self._secretive,
            event=event,
        )
        if ready.planned.steps is not None:
            await ready.planned.steps(run)
        if ready.operation.introspection is not None:
            run.data.update(ready.operation.introspection.answer(ready.variables))
        return _response(run, ready.planned.projector)


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
