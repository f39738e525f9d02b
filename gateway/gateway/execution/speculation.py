"""Fetches of entities whose key stands in the arguments begin together with the fetch that finds the entity.

A guess is only ever a head start: a step asks for what the data say, and takes an early fetch when it is the
same to the byte. So what was guessed wrongly, or of an entity that is missing or refused, is never looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema

from gateway.execution import lookups
from gateway.execution.lookups import Key
from gateway.execution.questions import Fetch
from gateway.execution.run import Run

Node = dict[str, Any]


@dataclass(frozen=True)
class Guess:
    """A fetch, and the entities that each of its lists of representations will name."""

    fetch: Fetch
    entities: dict[str, list[Key]]

    def begin(self, run: Run) -> None:
        """Begin the fetch, if the caller gave every key."""
        representations: dict[str, list[dict[str, Any]]] = {}
        for name, keys in self.entities.items():
            representations[name] = []
            for key in keys:
                value = run.variables.get(key.variable)
                if value is None:
                    return
                representation = {"__typename": key.typename, key.field: value}
                if representation not in representations[name]:
                    representations[name].append(representation)
        run.guess(self.fetch, representations)


def found_guesses(plan: Node, schema: GraphQLSchema) -> list[Guess]:
    """The fetches of a query's plan that need nothing but a key which stands in the arguments."""
    nodes = list(_fetches(plan, None))
    roots = [node for node, _ in nodes if not _asks_for_entities(node)]
    if any(root.get("operationKind", "query") != "query" for root in roots):
        return []
    keys = {name: found for root in roots for name, found in lookups.keys(root["operation"], schema).items()}
    guesses = (_guess(node, path, keys) for node, path in nodes if keys and _asks_for_entities(node))
    return [guess for guess in guesses if guess is not None]


def _fetches(node: Node, path: Any) -> Iterator[tuple[Node, Any]]:
    if node["kind"] in ("Fetch", "BatchFetch"):
        yield node, path
    elif node["kind"] == "Subscription":
        yield {"kind": "Fetch", "operationKind": "subscription", **node["primary"]}, path
    elif node["kind"] == "Flatten":
        yield from _fetches(node["node"], node["path"])
    else:
        for inner in node["nodes"]:
            yield from _fetches(inner, path)


def _asks_for_entities(node: Node) -> bool:
    return node["kind"] == "BatchFetch" or bool(node.get("requires"))


def _guess(node: Node, path: Any, keys: Mapping[str, list[Key]]) -> Guess | None:
    groups = (
        [(a["representationsVariableName"], a["paths"], a) for a in node["entityBatch"]["aliases"]]
        if node["kind"] == "BatchFetch"
        else [("representations", [path], node)]
    )
    entities = {variable: [_key(p, asked, keys) for p in paths] for variable, paths, asked in groups}
    known = {variable: [key for key in found if key] for variable, found in entities.items()}
    return Guess(Fetch.of(node), known) if known == entities else None


def _key(path: Any, asked: Node, keys: Mapping[str, list[Key]]) -> Key | None:
    """The key of the entity at this path, when it is all that is asked of the entity."""
    if asked.get("inputRewrites") or len(path) != 1 or "Field" not in path[0]:
        return None
    candidates = keys.get(path[0]["Field"], ())
    return next((key for key in candidates if key.requirement == asked["requires"]), None)
