"""One graph over a supergraph: prepares operations and runs them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.errors import problem
from gateway.execution.projection import Projector
from gateway.execution.run import Run
from gateway.execution.transport import Transport
from gateway.planning.limits import Limits
from gateway.planning.operation import Operation, Operations
from gateway.planning.planner import Planner
from gateway.supergraph.reading import read_supergraph

Answer = dict[str, Any]
Admission = Callable[[Operation], None]


class Engine:
    """Answers GraphQL requests from the subgraphs of one supergraph."""

    def __init__(self, supergraph: Path, *, limits: Limits, seconds: float, secretive: bool) -> None:
        self.limits = limits
        self.planner = Planner(supergraph.read_text())
        self._supergraph = read_supergraph(supergraph.read_text())
        self._seconds = seconds
        self._secretive = secretive

    async def start(self, urls: Mapping[str, str]) -> None:
        """Start the planner and open the connections; `urls` replaces the supergraph's addresses."""
        await self.planner.start()
        self._transport = Transport({**self._supergraph.urls, **urls}, self._seconds)
        self._operations = Operations(
            schema=self._supergraph.schema,
            supergraph=self._supergraph,
            planner=self.planner,
            limits=self.limits,
            secretive=self._secretive,
        )

    async def stop(self) -> None:
        """Close the connections and end the planner."""
        await self._transport.close()
        await self.planner.stop()

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
