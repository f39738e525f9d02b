"""Signing keys in the graph; the public ones are at /jwks.json."""

from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from identity.context import Info
from identity.signing_keys import commands


@strawberry.input(description="Nothing needs to be said.")
class RotateSigningKeyInput(Input):
    pass


@strawberry.type(description="The key that signs next.")
class RotateSigningKeyPayload:
    kid: UUID = strawberry.field(description="Its id, as in the header of tokens and in /jwks.json.")
    signs_from: datetime = strawberry.field(description="From when on it signs.")


@strawberry.type
class SigningKeyMutations:
    @strawberry.mutation(
        extensions=[Granted("signing_key", "rotate")],
        description="Sign with a new key; tokens signed with the former one hold until they expire.",
    )
    async def rotate_signing_key(self, info: Info, input: RotateSigningKeyInput) -> RotateSigningKeyPayload:
        async def rotate(session: AsyncSession) -> dict[str, str]:
            key = await commands.rotate(session, info.context.mint.cipher, at=info.context.now())
            return {"kid": str(key.id), "signs_from": key.signs_from.isoformat()}

        made = await info.context.change(input, rotate)
        return RotateSigningKeyPayload(
            kid=UUID(made["kid"]), signs_from=datetime.fromisoformat(made["signs_from"])
        )
