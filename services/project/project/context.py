"""What resolvers of this service hold."""

import strawberry

from chassis.graphql.context import BaseContext


class Context(BaseContext):
    """One per request."""


Info = strawberry.Info[Context, None]
