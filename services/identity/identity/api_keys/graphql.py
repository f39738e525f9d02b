"""API keys in the graph."""

from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import DateTimeFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted, SignedIn
from chassis.listing import Page
from identity.api_keys import commands, queries
from identity.api_keys.models import ApiKey as ApiKeyRow
from identity.api_keys.queries import API_KEYS
from identity.context import Info
from identity.employees.queries import EMPLOYEES
from identity.people import Employee
from identity.secrets import matches, new_secret
from identity.trail import TRAIL


@strawberry.type(description="What a program sends instead of a token: `authorization: Bearer rk_…`.")
class ApiKey:
    id: UUID = strawberry.field(description="Id of the key, and of what acts with it.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="What it is for.")
    prefix: str = strawberry.field(description="Its beginning, by which one recognises it.")
    roles: list[str] = strawberry.field(description="Names of the roles; see `roles`.")
    scopes: list[str] = strawberry.field(
        description="The only `object:action` it is for; none: all its roles'."
    )
    expires_at: datetime = strawberry.field(description="When it ends.")
    revoked_at: datetime | None = strawberry.field(description="Since when it opens nothing.")
    created_at: datetime = strawberry.field(description="When it was created.")
    owner_id: strawberry.Private[UUID]
    history = TRAIL.history(API_KEYS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            prefix=row.prefix,
            roles=row.roles,
            scopes=row.scopes,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            created_at=row.created_at,
            owner_id=row.owner_id,
        )

    @strawberry.field(description="Who created it; it ends when they leave.")
    async def owner(self, info: Info) -> Employee | None:
        row = await info.context.load(EMPLOYEES, self.owner_id)
        return Employee.of(row) if row else None

    @strawberry.field(description="When it was used last, if ever.")
    async def last_used_at(self, info: Info) -> datetime | None:
        return await info.context.last_used(self.id)


@strawberry.input(description="Which API keys; everything given must hold.")
class ApiKeyFilter:
    name: TextFilter | None = None
    prefix: TextFilter | None = None
    owner_id: IdFilter | None = None
    expires_at: DateTimeFilter | None = None
    revoked_at: DateTimeFilter | None = None


@strawberry.enum(description="What API keys can be sorted by.")
class ApiKeySort(Enum):
    NAME = "name"
    CREATED_AT = "created_at"
    EXPIRES_AT = "expires_at"


@strawberry.input(description="Order of a list of API keys.")
class ApiKeyOrder:
    by: ApiKeySort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ApiKeyQueries:
    @strawberry.field(extensions=[SignedIn()], description="One's own API keys, newest first.")
    async def my_api_keys(self, info: Info) -> list[ApiKey]:
        me = info.context.principal.id
        return [ApiKey.of(row) for row in await queries.of_owner(info.context.database, me)] if me else []

    @strawberry.field(
        extensions=[Granted("api_key", "read")], description="The API keys of everybody, newest first."
    )
    async def api_keys(
        self,
        info: Info,
        filter: ApiKeyFilter | None = None,
        where: Where = None,
        sort: ApiKeyOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[ApiKey]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, API_KEYS), order)
        return await info.context.page(API_KEYS, page, ApiKey.of)


@strawberry.input(description="A key for a program of one's own.")
class CreateApiKeyInput(Input):
    name: str = strawberry.field(description="What it is for.")
    roles: list[str] = strawberry.field(
        description="Some of one's own roles; any others take the grant employee:change_roles."
    )
    scopes: list[str] = strawberry.field(
        default_factory=list,
        description="The only `object:action` it is for, either may be `*`; none: all that its roles allow.",
    )
    expires_at: datetime = strawberry.field(description="When it ends, within 366 days.")


@strawberry.input(description="A key that is to open nothing any more.")
class RevokeApiKeyInput(ChangeInput):
    id: UUID = strawberry.field(description="Which key; others' than one's own take api_key:revoke.")


@strawberry.type(description="The new key.")
class CreateApiKeyPayload:
    api_key: ApiKey = strawberry.field(description="What is kept of it.")
    key: str | None = strawberry.field(
        description="The key itself, shown only now; null when a repeated request is answered."
    )


@strawberry.type(description="The key as it is now.")
class ApiKeyPayload:
    api_key: ApiKey = strawberry.field(description="What is kept of it.")


@strawberry.type
class ApiKeyMutations:
    @strawberry.mutation(
        extensions=[Granted("api_key", "create")], description="Make a key for a program of one's own."
    )
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:
        secret, me = commands.MARK + new_secret(), info.context.principal
        row = await info.context.change(
            input,
            lambda session: commands.create_api_key(
                session,
                owner_id=me.id or UUID(int=0),
                name=input.name,
                roles=input.roles,
                any_roles=me.may("employee", "change_roles"),
                scopes=input.scopes,
                expires_at=input.expires_at,
                secret=secret,
                at=info.context.now(),
            ),
        )
        shown = secret if matches(secret, row.hash) else None
        return CreateApiKeyPayload(api_key=ApiKey.of(row), key=shown)

    @strawberry.mutation(
        extensions=[SignedIn()],
        description="Let one's own key, or with api_key:revoke any key, open nothing within 60 seconds.",
    )
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> ApiKeyPayload:
        async def revoke(session: AsyncSession) -> ApiKeyRow:
            key = await fetch(session, ApiKeyRow, input.id)
            if key.owner_id != info.context.principal.id:
                info.context.principal.require("api_key", "revoke")
            return await commands.revoke_api_key(
                session, input.id, at=info.context.now(), expected_version=input.expected_version
            )

        return ApiKeyPayload(api_key=ApiKey.of(await info.context.change(input, revoke)))
