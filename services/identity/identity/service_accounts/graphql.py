"""Service accounts in the graph."""

from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import DateTimeFilter, TagsFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from identity.context import Info
from identity.secrets import matches, new_secret
from identity.service_accounts import commands
from identity.service_accounts.queries import SERVICE_ACCOUNTS
from identity.trail import TRAIL


@strawberry.type(description="A program that uses the graph.")
class ServiceAccount:
    id: UUID = strawberry.field(description="Its id: `client_id` at /token.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Unique name.")
    roles: list[str] = strawberry.field(description="Names of the roles; see `roles`.")
    revoked_at: datetime | None = strawberry.field(description="Since when it gets no more tokens.")
    created_at: datetime = strawberry.field(description="When it was created.")
    history = TRAIL.history(SERVICE_ACCOUNTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            roles=row.roles,
            revoked_at=row.revoked_at,
            created_at=row.created_at,
        )


@strawberry.input(description="Which service accounts; everything given must hold.")
class ServiceAccountFilter:
    name: TextFilter | None = None
    roles: TagsFilter | None = None
    revoked_at: DateTimeFilter | None = None


@strawberry.enum(description="What service accounts can be sorted by.")
class ServiceAccountSort(Enum):
    NAME = "name"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of service accounts.")
class ServiceAccountOrder:
    by: ServiceAccountSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ServiceAccountQueries:
    @strawberry.field(
        extensions=[Granted("service_account", "read")], description="Service accounts by name."
    )
    async def service_accounts(
        self,
        info: Info,
        filter: ServiceAccountFilter | None = None,
        where: Where = None,
        sort: ServiceAccountOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[ServiceAccount]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, SERVICE_ACCOUNTS), order)
        return await info.context.page(SERVICE_ACCOUNTS, page, ServiceAccount.of)


@strawberry.input(description="A program that is to use the graph.")
class CreateServiceAccountInput(Input):
    name: str = strawberry.field(description="Unique name.")
    roles: list[str] = strawberry.field(description="Names of roles.")


@strawberry.input(description="A program that is no longer to use the graph.")
class RevokeServiceAccountInput(ChangeInput):
    id: UUID = strawberry.field(description="Which account.")


@strawberry.type(description="The new account.")
class CreateServiceAccountPayload:
    service_account: ServiceAccount = strawberry.field(description="The account.")
    secret: str | None = strawberry.field(
        description="Its `client_secret` at /token, shown only now; null when a repeated request is answered."
    )


@strawberry.type(description="The account as it is now.")
class ServiceAccountPayload:
    service_account: ServiceAccount = strawberry.field(description="The account.")


@strawberry.type
class ServiceAccountMutations:
    @strawberry.mutation(
        extensions=[Granted("service_account", "create")], description="Let a program use the graph."
    )
    async def create_service_account(
        self, info: Info, input: CreateServiceAccountInput
    ) -> CreateServiceAccountPayload:
        secret = new_secret()
        row = await info.context.change(
            input,
            lambda session: commands.create_service_account(
                session, name=input.name, roles=input.roles, secret=secret
            ),
        )
        return CreateServiceAccountPayload(
            service_account=ServiceAccount.of(row),
            secret=secret if matches(secret, row.secret_hash) else None,
        )

    @strawberry.mutation(
        extensions=[Granted("service_account", "revoke")],
        description="Give an account no more tokens, and end those that it has.",
    )
    async def revoke_service_account(
        self, info: Info, input: RevokeServiceAccountInput
    ) -> ServiceAccountPayload:
        row = await info.context.change(
            input,
            lambda session: commands.revoke_service_account(
                session, input.id, at=info.context.now(), expected_version=input.expected_version
            ),
        )
        return ServiceAccountPayload(service_account=ServiceAccount.of(row))
