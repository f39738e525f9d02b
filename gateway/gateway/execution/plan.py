"""The planner's JSON, compiled once into closures over a run."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.execution.documents import EVENT, answered_keys, entity_of_event
from gateway.execution.entities import (
    EntityPath,
    Location,
    Place,
    Rewrite,
    compile_requires,
    compile_rewrites,
    location,
)
from gateway.execution.lookups import Lookup
from gateway.execution.merging import Entity, copied
from gateway.execution.questions import Fetch, Question
from gateway.execution.run import Run
from gateway.execution.speculation import found_guesses
from gateway.supergraph.reading import Supergraph

Step = Callable[[Run], Awaitable[None]]
Target = tuple[Entity, Place]
Segments = list[Any]
Represent = Callable[[Entity], Entity | None]


class UnknownPlan(Exception):
    """The planner said something that this executor does not know."""


class PlanCompiler:
    """Compiles plans for one supergraph."""

    def __init__(self, supergraph: Supergraph, *, speculates: bool = True) -> None:
        self._supergraph = supergraph
        self._speculates = speculates

    def compile(self, plan: dict[str, Any]) -> Step:
        """Compile the root node of a plan."""
        plan = _noted(plan)
        step = self._step(plan)
        guesses = found_guesses(plan, self._supergraph.schema) if self._speculates else []

        async def run_all(run: Run) -> None:
            for guess in guesses:
                guess.begin(run)
            try:
                await step(run)
            finally:
                run.drop()

        return run_all

    def _step(self, node: dict[str, Any], path: Segments | None = None) -> Step:
        match node["kind"]:
            case "Subscription":
                return self._event(node["primary"])
            case "Fetch" if node.get("requires"):
                return self._entities(node, [self._flattened(node, path or [])])
            case "Fetch":
                return self._root(node)
            case "BatchFetch":
                return self._entities(node, [self._aliased(a, node) for a in node["entityBatch"]["aliases"]])
            case "Flatten":
                return self._step(node["node"], node["path"])
            case "Sequence":
                return _sequence([self._step(n, path) for n in node["nodes"]])
            case "Parallel":
                return _parallel([self._step(n, path) for n in node["nodes"]])
        raise UnknownPlan(
            f"The planner answered with a node of kind {node['kind']}, which is not known here."
        )

    def _root(self, node: dict[str, Any]) -> Step:
        rewrite = compile_rewrites(node.get("outputRewrites"), self._supergraph)
        lookup = Lookup.of(node["operation"], self._supergraph.schema)
        return _RootFetch(
            Fetch.of(node, lookup), rewrite, [(key,) for key in answered_keys(node["operation"])]
        )

    def _event(self, node: dict[str, Any]) -> Step:
        """Ask for the entity of an event as the plan wants the service's own subscription to tell of it."""
        key, changed = entity_of_event(node, self._supergraph)
        fetch = Fetch.of(changed)
        rewrite = compile_rewrites(node.get("outputRewrites"), self._supergraph)

        async def step(run: Run) -> None:
            answer = await run.fetch(fetch.asked(run.variables, {EVENT: [run.event]}))
            entities = ((answer or {}).get("data") or {}).get("_entities")
            if answer is None or not entities or type(entities[0]) is not dict:
                return  # it is gone, or nothing that the subscriber may see
            for error in answer.get("errors") or ():
                run.report(fetch.service, error, [(key, *(error.get("path") or ())[2:])])
            data = {key: entities[0]}
            if rewrite:
                rewrite(data)
            run.merge(run.data, data)

        return step

    def _entities(self, node: dict[str, Any], groups: list["_Group"]) -> Step:
        return _EntityFetch(Fetch.of(node), groups)

    def _flattened(self, node: dict[str, Any], path: Segments) -> "_Group":
        return self._group(node, "_entities", "representations", [path], node["operation"])

    def _aliased(self, alias: dict[str, Any], node: dict[str, Any]) -> "_Group":
        variable = alias["representationsVariableName"]
        return self._group(alias, alias["alias"], variable, alias["paths"], node["operation"])

    def _group(
        self, node: dict[str, Any], alias: str, variable: str, paths: list[Segments], operation: str
    ) -> "_Group":
        return _Group(
            alias=alias,
            variable=variable,
            paths=[
                (EntityPath(path, self._supergraph), compile_requires(requires, self._supergraph))
                for path, requires in zip(paths, _required(node, len(paths)), strict=True)
            ],
            before=compile_rewrites(node.get("inputRewrites"), self._supergraph),
            after=compile_rewrites(node.get("outputRewrites"), self._supergraph),
            keys=answered_keys(operation, alias),
        )


@dataclass(frozen=True)
class _RootFetch:
    """A step that asks for fields of the root."""

    fetch: Fetch
    rewrite: Rewrite | None
    places: list[Location]

    async def __call__(self, run: Run) -> None:
        await self.begin(run, beside=False)

    def begin(self, run: Run, *, beside: bool = True) -> Awaitable[None]:
        """What is left to do once the fetch is under way, or beside nothing, all of it."""
        question = self.fetch.asked(run.variables, {})
        if beside:
            run.begin(question)
        return self._end(run, question)

    async def _end(self, run: Run, question: Question) -> None:
        answer = await run.fetch(question)
        if answer is None:
            run.part_missing(self.fetch.service, self.places)
            return
        for error in answer.get("errors") or ():
            path = error.get("path")
            run.report(self.fetch.service, error, [tuple(path)] if path else self.places)
        data = answer.get("data")
        if type(data) is dict:
            if self.rewrite:
                self.rewrite(data)
            run.merge(run.data, data)


@dataclass(frozen=True)
class _EntityFetch:
    """A step that asks a service for its fields of entities that are there."""

    fetch: Fetch
    groups: list["_Group"]

    async def __call__(self, run: Run) -> None:
        await self.begin(run, beside=False)

    def begin(self, run: Run, *, beside: bool = True) -> Awaitable[None]:
        """What is left to do once the fetch is under way, or beside nothing, all of it."""
        asked = [group.ask(run) for group in self.groups]
        question = None
        if any([each.representations for each in asked]):
            representations = {each.group.variable: each.representations for each in asked}
            question = self.fetch.asked(run.variables, representations)
            if beside:
                run.begin(question)
        return self._end(run, asked, question)

    async def _end(self, run: Run, asked: list["_Asked"], question: Question | None) -> None:
        if question is None:
            return
        answer = await run.fetch(question)
        if answer is None:
            run.part_missing(self.fetch.service, [place for each in asked for place in each.places()])
            return
        data = answer.get("data")
        for each in asked:
            each.place(run, data.get(each.group.alias) if type(data) is dict else None)
        for error in answer.get("errors") or ():
            run.report(self.fetch.service, error, _places(error.get("path") or (), asked))


@dataclass(frozen=True)
class _Group:
    """Entities that one `_entities` field of a fetch asks for."""

    alias: str
    variable: str
    paths: list[tuple[EntityPath, Represent]]
    before: Rewrite | None
    after: Rewrite | None
    keys: list[str]

    def ask(self, run: Run) -> "_Asked":
        """Collect the entities in the run's data, each distinct representation once."""
        asked = _Asked(self)
        found = [(t, represent) for path, represent in self.paths for t in path.find(run.data)]
        positions: dict[bytes, int] = {}
        for target, represent in found:
            representation = represent(target[0])
            if representation is None:
                continue
            if self.before:
                self.before(representation)
            key = orjson.dumps(representation, option=orjson.OPT_SORT_KEYS) if len(found) > 1 else b""
            position = positions.setdefault(key, len(asked.representations))
            if position == len(asked.representations):
                asked.representations.append(representation)
                asked.targets.append([])
            asked.targets[position].append(target)
        return asked


class _Asked:
    """The representations sent for one group, and the entities that wait for each."""

    def __init__(self, group: _Group) -> None:
        self.group = group
        self.representations: list[Entity] = []
        self.targets: list[list[Target]] = []

    def place(self, run: Run, answers: Any) -> None:
        """Merge each answer into every entity that waits for it."""
        if type(answers) is not list:
            return
        for answer, targets in zip(answers, self.targets, strict=False):
            if type(answer) is not dict:
                continue
            if self.group.after:
                self.group.after(answer)
            # Later fetches may add different things to each place, so none shares its objects.
            for entity, _ in targets[1:]:
                run.merge(entity, copied(answer))
            run.merge(targets[0][0], answer)

    def places(self) -> list[Location]:
        """Every field of the response that waits for this group's answer."""
        entities = [location(place) for targets in self.targets for _, place in targets]
        return [(*place, key) for place in entities for key in self.group.keys]


def _noted(node: dict[str, Any], followed: bool = False) -> dict[str, Any]:
    """Return the plan with a note at each fetch whether others wait for its end."""
    match node["kind"]:
        case "Sequence":
            *before, last = node["nodes"]
            return {**node, "nodes": [*(_noted(each, True) for each in before), _noted(last, followed)]}
        case "Parallel":
            return {**node, "nodes": [_noted(each, followed) for each in node["nodes"]]}
        case "Flatten":
            return {**node, "node": _noted(node["node"], followed)}
    return {**node, "followed": followed}


def _required(node: dict[str, Any], paths: int) -> list[list[Any]]:
    """What a fetch requires at each of its paths."""
    each = node.get("requiresAt") or [node["requires"]] * paths
    return [_widened(node, requires) for requires in each]


def _widened(node: dict[str, Any], requires: list[Any]) -> list[Any]:
    """What a fetch requires, of every type where the service knows only the interface.

    Where several type conditions select a field of an interface object, the planner names only one type.
    """
    setters = [r["ValueSetter"] for r in node.get("inputRewrites") or () if "ValueSetter" in r]
    interfaces = [s["setValueTo"] for s in setters if s["path"] == _typename_of(s["setValueTo"])]
    if len(interfaces) == len(requires) == 1:
        return [{**requires[0], "typeCondition": interfaces[0]}]
    return requires


def _typename_of(interface: str) -> list[Any]:
    return [{"TypenameEquals": [interface]}, {"Key": "__typename"}]


def _places(path: Any, asked: list[_Asked]) -> list[Location]:
    """Where in the response a subgraph's error path lies."""
    if len(path) > 1 and type(path[1]) is int:
        for each in asked:
            if each.group.alias == path[0] and path[1] < len(each.targets):
                return [(*location(place), *path[2:]) for _, place in each.targets[path[1]]]
    return [place for each in asked for place in each.places()]


def _sequence(steps: list[Step]) -> Step:
    async def step(run: Run) -> None:
        for each in steps:
            await each(run)

    return step


def _parallel(steps: list[Step]) -> Step:
    fetches = [step for step in steps if isinstance(step, _RootFetch | _EntityFetch)]
    if len(fetches) < len(steps):

        async def step(run: Run) -> None:
            await asyncio.gather(*[each(run) for each in steps])

        return step

    async def fetch(run: Run) -> None:
        # one task waits for all: a task for each would cost more than what it does with its answer
        for end in [each.begin(run) for each in fetches]:
            await end

    return fetch
