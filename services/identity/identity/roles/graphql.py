"""Roles in the graph."""

import strawberry

from chassis.graphql.policy import SignedIn
from identity.roles import catalogue


@strawberry.type(description="A name for what somebody's work needs.")
class Role:
    name: str = strawberry.field(description="Name, as in `Employee.roles`.")
    title: str = strawberry.field(description="What people call it, in Chinese.")
    title_en: str = strawberry.field(description="What people call it, in English.")
    grants: list[str] = strawberry.field(description="What it allows: `noun:action`, either may be `*`.")


@strawberry.type
class RoleQueries:
    @strawberry.field(extensions=[SignedIn()], description="All roles and what they grant.")
    async def roles(self) -> list[Role]:
        return [
            Role(name=role.name, title=role.title, title_en=role.title_en, grants=sorted(role.grants))
            for role in catalogue.ROLES.values()
        ]
