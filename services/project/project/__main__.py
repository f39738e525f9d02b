"""`python -m project api | worker | all | migrate | …`: where this service is put together."""

import project
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Service
from project.consumers import HANDLERS
from project.context import Context
from project.employees.models import KnownEmployee
from project.exports import EXPORTABLES
from project.imports import IMPORTABLES
from project.merges import CUSTOMERS
from project.schema import schema
from project.sources import SOURCES


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="project",
        package=project,
        metadata=KnownEmployee.metadata,
        schema=schema,
        sources=SOURCES,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        context=lambda runtime, principal: Context(runtime.database, principal),
        handlers=HANDLERS,
        periodic=(following(CUSTOMERS),),
    )


if __name__ == "__main__":
    main(make)
