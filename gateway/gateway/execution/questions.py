"""What subgraphs are asked: a fetch of a plan, and with the values of one run a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from gateway.execution.lookups import Lookup

Variables = Mapping[str, Any]


class EntityList(NamedTuple):
    """Entities that a fetch asks for: the variable that names them, and where the answer has them."""

    variable: str
    alias: str


@dataclass(frozen=True)
class Fetch:
    """A fetch of a plan, with the constant part of its body encoded once."""

    service: str
    head: bytes
    variables: tuple[str, ...]
    lists: tuple[EntityList, ...]
    lookup: Lookup | None
    repeatable: bool
    followed: bool  # by steps that need time too

    @classmethod
    def of(cls, node: Mapping[str, Any], lookup: Lookup | None = None) -> "Fetch":
        """Read a Fetch or BatchFetch node."""
        return cls(
            service=node["serviceName"],
            head=head(node["operation"]),
            variables=tuple(node.get("variableUsages") or ()),
            lists=_lists(node),
            lookup=lookup,
            repeatable=node.get("operationKind", "query") == "query",
            followed=node.get("followed", False),
        )

    def asked(self, given: Variables, representations: Variables) -> "Question":
        """Ask with those of the operation's variables that the fetch uses."""
        variables = {name: given[name] for name in self.variables if name in given}
        return Question(self, self.head, variables, representations)


class Question:
    """A fetch with its variables, those that name entities apart; `body` is the JSON to post."""

    __slots__ = ("body", "entities", "fetch", "key", "variables")

    def __init__(self, fetch: Fetch, head: bytes, variables: Variables, entities: Variables) -> None:
        self.fetch = fetch
        self.variables = variables
        self.entities = entities
        self.body = head + b',"variables":' + orjson.dumps({**variables, **entities}) + b"}"
        self.key = fetch.service, self.body  # what only the same question has


def head(operation: str) -> bytes:
    """The beginning of a request's body."""
    return b'{"query":' + orjson.dumps(operation)


def _lists(node: Mapping[str, Any]) -> tuple[EntityList, ...]:
    if node.get("kind") == "BatchFetch":
        aliases = node["entityBatch"]["aliases"]
        return tuple(EntityList(each["representationsVariableName"], each["alias"]) for each in aliases)
    return (EntityList("representations", "_entities"),) if node.get("requires") else ()
