"""`python -m marketing api | worker | all | migrate | …`: where this service is put together."""

import marketing
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Service
from marketing.consumers import HANDLERS
from marketing.context import Context
from marketing.exports import EXPORTABLES
from marketing.imports import IMPORTABLES
from marketing.merges import CUSTOMERS
from marketing.model import Model
from marketing.schema import schema


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="marketing",
        package=marketing,
        metadata=Model.metadata,
        schema=schema,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        context=lambda runtime, principal: Context(runtime.database, principal),
        handlers=HANDLERS,
        periodic=(following(CUSTOMERS),),
    )


if __name__ == "__main__":
    main(make)
