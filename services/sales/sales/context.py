"""What resolvers of this service hold."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import strawberry

from chassis.access import Principal
from chassis.graphql.context import BaseContext
from chassis.rpc.client import Peers
from chassis.service import Runtime


class Context(BaseContext):
    """One per request."""

    def __init__(self, runtime: Runtime, principal: Principal) -> None:
        super().__init__(runtime.database, principal)
        self.peers: Peers = runtime.peers
        self.clock: Callable[[], datetime] = runtime.clock

    def caller_id(self) -> UUID | None:
        """Return the employee who asks, None when it is a service."""
        return self.principal.id if self.principal.kind == "employee" else None


Info = strawberry.Info[Context, None]
