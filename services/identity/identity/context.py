"""What resolvers of this service hold."""

from datetime import datetime

import strawberry

from chassis.access import Principal
from chassis.graphql.context import BaseContext
from chassis.service import Runtime
from identity.signing_keys.tokens import Mint, mint_of


class Context(BaseContext):
    """One per request."""

    def __init__(self, runtime: Runtime, principal: Principal) -> None:
        super().__init__(runtime.database, principal)
        self._runtime = runtime

    @property
    def mint(self) -> Mint:
        """What makes tokens."""
        return mint_of(self._runtime.settings)

    def now(self) -> datetime:
        """Return the present instant."""
        return self._runtime.clock()


Info = strawberry.Info[Context, None]
