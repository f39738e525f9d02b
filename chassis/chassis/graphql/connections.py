"""Relay connections: what a list looks like in the graph."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Generic, Self, TypeVar

import strawberry

from chassis.listing import Slice

T = TypeVar("T")


@strawberry.enum(description="Which end comes first; rows without a value always come last.")
class Direction(Enum):
    ASC = "asc"
    DESC = "desc"


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="More rows follow.")
    has_previous_page: bool = strawberry.field(description="Rows come before.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row here.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row here; pass it as `after`.")


@strawberry.federation.type(shareable=True, description="A row and its place in the list.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The row.")
    cursor: str = strawberry.field(description="Its place; pass it as `after` or `before`.")


def _edges(root: "Connection[T]") -> list[Edge[T]]:
    return [
        Edge(node=node, cursor=root.cut.cursor(row))
        for node, row in zip(root.nodes, root.cut.rows, strict=True)
    ]


def _page_info(root: "Connection[T]") -> PageInfo:
    cut = root.cut
    first, last = (cut.cursor(cut.rows[0]), cut.cursor(cut.rows[-1])) if cut.rows else (None, None)
    return PageInfo(
        has_next_page=cut.more_after,
        has_previous_page=cut.more_before,
        start_cursor=first,
        end_cursor=last,
    )


@strawberry.federation.type(shareable=True, description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(resolver=_edges, description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="How to page on.")
    cut: strawberry.Private[Slice]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many rows there are on all pages; counted only when asked for.")
    async def total_count(self) -> int:
        return await self.count()

    @classmethod
    def of(cls, cut: Slice, node: Callable[[Any], T], count: Callable[[], Awaitable[int]]) -> Self:
        """Return the connection that shows this slice."""
        return cls(nodes=[node(row) for row in cut.rows], cut=cut, count=count)
