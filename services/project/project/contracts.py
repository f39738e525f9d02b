"""What this service adds to a contract."""

from typing import Self
from uuid import UUID

import strawberry

from project.context import Info
from project.projects.graphql import Project
from project.projects.queries import OF_CONTRACTS, PROJECTS


@strawberry.federation.type(keys=["id"], description="What a customer signed.")
class Contract:
    id: UUID = strawberry.field(description="Id of the contract.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the contract that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="The project that delivers it.")
    async def project(self, info: Info) -> Project | None:
        rows = await info.context.rows(OF_CONTRACTS, self.id, by="contract_id", listing=PROJECTS)
        return Project.of(rows[0]) if rows else None
