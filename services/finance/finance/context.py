"""What resolvers of this service hold."""

import strawberry

from chassis.access import Principal
from chassis.database import Database
from chassis.graphql.context import BaseContext
from chassis.money import Money


class Context(BaseContext):
    """One per request."""

    def __init__(self, database: Database, principal: Principal, default_credit_limit: Money) -> None:
        super().__init__(database, principal)
        self.default_credit_limit = default_credit_limit


Info = strawberry.Info[Context, None]
