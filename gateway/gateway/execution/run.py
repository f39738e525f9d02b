"""One execution of a plan: its data so far, its errors, and the parts that failed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.errors import CODES, INTERNAL, Problem, problem
from gateway.execution.entities import Location
from gateway.execution.merging import Entity, merge
from gateway.execution.transport import Fetch, SubgraphFailure, Transport

MOST_ERRORS_PER_FETCH = 50
LIFTED = re.compile(r"Variable '\$_\d+' has")  # the caller wrote a literal there and knows no such name
PRIVATE = frozenset(("stacktrace", "exception", "debug", "code"))


class Run:
    """What the steps of a plan share while one request is answered."""

    def __init__(
        self,
        *,
        transport: Transport,
        objects: frozenset[str],
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        masked: bool,
        event: Entity | None = None,
    ) -> None:
        """`event` is the representation of what a subscriber is told about."""
        self.variables = variables
        self.event = event
        self.data: Entity = {}
        self.errors: list[Problem] = []
        self.parts: list[dict[str, str]] = []
        self._transport = transport
        self._objects = objects
        self._headers = headers
        self._masked = masked

    async def fetch(self, fetch: Fetch, representations: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the subgraph's response; None, and a part noted as failed, when there is none."""
        variables = {name: self.variables[name] for name in fetch.variables if name in self.variables}
        variables.update(representations)
        try:
            answer = await self._transport.send(fetch, variables, self._headers)
        except SubgraphFailure as failure:
            self._part_failed(fetch.service, "UNAVAILABLE", str(failure))
            return None
        if answer.get("data") is None and (errors := answer.get("errors")):
            told = self._translated(fetch.service, errors[0], None)
            self._part_failed(fetch.service, told["extensions"]["code"], told["message"])
        return answer

    def merge(self, target: Entity, source: Entity) -> None:
        """Add a subgraph's answer to the data."""
        merge(target, source, self._objects)

    def part_missing(self, service: str, places: Sequence[Location]) -> None:
        """Report the places that stay null because the service did not answer."""
        reasons = [part["reason"] for part in self.parts if part["service"] == service]
        reason = reasons[-1] if reasons else f"{service} did not answer"
        for place in places[:MOST_ERRORS_PER_FETCH]:
            self.errors.append(problem(reason, "UNAVAILABLE", place, service=service))

    def report(self, service: str, error: Mapping[str, Any], places: Sequence[Location]) -> None:
        """Report a subgraph's error at every place of the response that it concerns."""
        for place in places[:MOST_ERRORS_PER_FETCH]:
            self.errors.append(self._translated(service, error, place))

    def _part_failed(self, service: str, code: str, reason: str) -> None:
        part = {"service": service, "code": code, "reason": reason}
        if part not in self.parts:
            self.parts.append(part)

    def _translated(self, service: str, error: Mapping[str, Any], place: Location | None) -> Problem:
        extensions = error.get("extensions") or {}
        code = extensions.get("code")
        message = LIFTED.sub("An argument has", str(error.get("message")))
        if code not in CODES:
            code = INTERNAL
            if self._masked:
                message = f"{service} could not answer this; its log tells why"
        kept = {key: value for key, value in extensions.items() if key not in PRIVATE}
        return problem(message, code, place, **{**kept, "service": service})
