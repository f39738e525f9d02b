"""`python -m service_desk api | worker | all | migrate | …`: where this service is put together."""

import service_desk
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Service
from service_desk.consumers import HANDLERS
from service_desk.context import Context
from service_desk.exports import EXPORTABLES
from service_desk.imports import IMPORTABLES
from service_desk.merges import CONTACTS, CUSTOMERS
from service_desk.model import Model
from service_desk.schema import schema
from service_desk.sources import SOURCES


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="service_desk",
        package=service_desk,
        metadata=Model.metadata,
        schema=schema,
        sources=SOURCES,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        handlers=HANDLERS,
        periodic=(following(CUSTOMERS, CONTACTS),),
        context=lambda runtime, principal: Context(runtime.database, principal),
    )


if __name__ == "__main__":
    main(make)
