"""Roles in the graph."""

from typing import Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted, SignedIn
from identity.context import Info
from identity.roles import commands
from identity.roles.queries import all_roles, flat
from identity.trail import TRAIL


@strawberry.type(description="A name for what somebody's work needs.")
class Role:
    id: UUID = strawberry.field(description="Id of the role.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Name, as in `Employee.roles`.")
    title: str = strawberry.field(description="What people call it, in Chinese.")
    title_en: str = strawberry.field(description="What people call it, in English.")
    definition: JSON = strawberry.field(
        description="What it allows: `{version: 1, grants: [{objects, actions, scopes, hide, readOnly}]}`."
    )
    shipped: bool = strawberry.field(description="Came with the suite.")
    customised: bool = strawberry.field(description="Shipped, and changed here; releases leave it alone.")
    retired: bool = strawberry.field(description="Allows nothing any more.")
    history = TRAIL.history("role")

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            title=row.title,
            title_en=row.title_en,
            definition=row.definition,
            shipped=row.shipped,
            customised=row.customised,
            retired=row.retired,
        )

    @strawberry.field(description="What it allows, in short: `noun:action`, either may be `*`.")
    def grants(self) -> list[str]:
        return sorted(flat(self.definition))


@strawberry.type
class RoleQueries:
    @strawberry.field(extensions=[SignedIn()], description="The roles by name, and what they grant.")
    async def roles(self, info: Info, retired: bool = False) -> list[Role]:
        found = await all_roles(info.context.database)
        return [Role.of(row) for row in found if retired or not row.retired]


@strawberry.input(description="A new role.")
class DefineRoleInput(Input):
    name: str = strawberry.field(description="Name: small letters, digits and underscores.")
    title: str = strawberry.field(description="What people call it, in Chinese.")
    title_en: str = strawberry.field(description="What people call it, in English.")
    definition: JSON = strawberry.field(
        description='E.g. `{version: 1, grants: [{objects: ["lead"], actions: ["read"], scopes: ["own"]}]}`.'
    )


@strawberry.input(description="A change of a role; what is not given stays.")
class ChangeRoleInput(ChangeInput):
    id: UUID = strawberry.field(description="Which role.")
    title: str | None = strawberry.field(default=None, description="What people call it, in Chinese.")
    title_en: str | None = strawberry.field(default=None, description="What people call it, in English.")
    definition: JSON | None = strawberry.field(default=None, description="All that it allows from now on.")


@strawberry.input(description="Which role.")
class RetireRoleInput(ChangeInput):
    id: UUID = strawberry.field(description="Which role.")


@strawberry.input(description="Which role.")
class RestoreRoleInput(ChangeInput):
    id: UUID = strawberry.field(description="Which role.")


@strawberry.type(description="The role as it is now.")
class RolePayload:
    role: Role = strawberry.field(description="The role.")


@strawberry.type
class RoleMutations:
    @strawberry.mutation(extensions=[Granted("role", "create")], description="Make a role.")
    async def define_role(self, info: Info, input: DefineRoleInput) -> RolePayload:
        row = await info.context.change(
            input,
            lambda session: commands.define_role(
                session,
                name=input.name,
                title=input.title,
                title_en=input.title_en,
                definition=input.definition,
            ),
        )
        return RolePayload(role=Role.of(row))

    @strawberry.mutation(
        extensions=[Granted("role", "update")],
        description="Change what a role allows, at once for everybody who has it.",
    )
    async def change_role(self, info: Info, input: ChangeRoleInput) -> RolePayload:
        row = await info.context.change(
            input,
            lambda session: commands.change_role(
                session,
                input.id,
                title=input.title,
                title_en=input.title_en,
                definition=input.definition,
                expected_version=input.expected_version,
            ),
        )
        return RolePayload(role=Role.of(row))

    @strawberry.mutation(
        extensions=[Granted("role", "update")], description="Let a role allow nothing from now on."
    )
    async def retire_role(self, info: Info, input: RetireRoleInput) -> RolePayload:
        row = await info.context.change(
            input,
            lambda session: commands.retire_role(session, input.id, expected_version=input.expected_version),
        )
        return RolePayload(role=Role.of(row))

    @strawberry.mutation(
        extensions=[Granted("role", "update")], description="Let a retired role allow again what it says."
    )
    async def restore_role(self, info: Info, input: RestoreRoleInput) -> RolePayload:
        row = await info.context.change(
            input,
            lambda session: commands.restore_role(session, input.id, expected_version=input.expected_version),
        )
        return RolePayload(role=Role.of(row))
