"""`python -m automation api | worker | all | migrate | …`: where this service is put together."""

import automation
from automation.consumers import HANDLERS
from automation.context import Context
from automation.exports import EXPORTABLES
from automation.imports import IMPORTABLES
from automation.merges import CUSTOMERS
from automation.model import Model
from automation.schema import schema
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Service


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="automation",
        package=automation,
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
