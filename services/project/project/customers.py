"""What this service adds to a customer."""

from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection
from chassis.listing import Page
from chassis.searching.asking import Search
from project.context import Info
from project.projects.graphql import Project
from project.projects.models import Project as ProjectRow
from project.projects.queries import PROJECTS


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="What we deliver to them, newest first.")
    async def projects(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Project] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(PROJECTS, ProjectRow.customer_id, self.id, page, Project.of)
