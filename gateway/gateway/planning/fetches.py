"""The fetches of a plan: where the answers of each go, and the plan with some of them changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    visit,
)

from gateway.execution.documents import selected_fields
from gateway.execution.projection import response_key

Node = dict[str, Any]
Path = list[Any]
Keys = tuple[str, ...]
Change = Callable[[Node, Path], Node]


@dataclass(frozen=True)
class Group:
    """Fields of a fetch whose answers go to the same paths; `below` is the root field that holds them."""

    node: Node
    below: str | None
    paths: list[Path]

    @property
    def renamed(self) -> dict[str, str]:
        """The keys in the data of those that the fetch answers under others."""
        renamers = [r["KeyRenamer"] for r in self.node.get("outputRewrites") or () if "KeyRenamer" in r]
        return {r["path"][-1]["Key"]: r["renameKeyTo"] for r in renamers if "Key" in r["path"][-1]}

    def selections(self, operation: OperationDefinitionNode) -> list[SelectionSetNode]:
        """What the fetch's operation selects for these paths."""
        if self.below is None:
            return [operation.selection_set]
        fields = selected_fields(operation.selection_set, {})
        return [f.selection_set for f in fields if response_key(f) == self.below and f.selection_set]


def groups(fetch: Node, path: Path) -> list[Group]:
    """The groups of a fetch that a plan puts at a path."""
    if fetch["kind"] == "BatchFetch":
        return [Group(each, each["alias"], each["paths"]) for each in fetch["entityBatch"]["aliases"]]
    return [Group(fetch, "_entities" if fetch.get("requires") else None, [path])]


def regrouped(fetch: Node, nodes: list[Node]) -> Node:
    """The fetch with other nodes for its groups."""
    if fetch["kind"] == "BatchFetch":
        return {**fetch, "entityBatch": {**fetch["entityBatch"], "aliases": nodes}}
    return nodes[0]


def changed(node: Node, change: Change, path: Path | None = None) -> Node:
    """The plan with each fetch as `change` returns it."""
    match node["kind"]:
        case "Sequence" | "Parallel":
            return {**node, "nodes": [changed(each, change, path) for each in node["nodes"]]}
        case "Flatten":
            return {**node, "node": changed(node["node"], change, node["path"])}
        case "Subscription":
            return {**node, "primary": changed(node["primary"], change)}
        case "Fetch" | "BatchFetch":
            return change(node, path or [])
    return node


def fetches(node: Node) -> list[tuple[Node, Path]]:
    """Every fetch of the plan and its path."""
    found: list[tuple[Node, Path]] = []

    def note(fetch: Node, path: Path) -> Node:
        found.append((fetch, path))
        return fetch

    changed(node, note)
    return found


def keys(path: Path) -> Keys:
    """The path without what it says of lists and types."""
    return tuple(segment["Field"] for segment in path if segment != "@" and "Field" in segment)


def conditions(path: Path, depth: int) -> Iterator[list[str]]:
    """The type names of each condition that the path has right behind so many fields."""
    fields = 0
    for segment in path:
        if segment == "@":
            continue
        if "Field" in segment:
            fields += 1
        elif fields == depth:
            yield segment["TypeCondition"]


def operation_of(fetch: Node) -> OperationDefinitionNode:
    """The operation of a fetch, its named fragments written where they are spread."""
    document = parse(fetch["operation"], no_location=True)
    named = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    [operation] = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    spread: OperationDefinitionNode = visit(operation, _Spread(named)) if named else operation
    return spread


class _Spread(Visitor):
    def __init__(self, named: dict[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self._named = named

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> InlineFragmentNode:
        found = self._named[node.name.value]
        return InlineFragmentNode(type_condition=found.type_condition, selection_set=found.selection_set)
