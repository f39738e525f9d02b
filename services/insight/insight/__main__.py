"""`python -m insight api | worker | all | migrate | …`: where this service is put together."""

import insight
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Service
from insight.consumers import HANDLERS
from insight.context import Context
from insight.exports import EXPORTABLES
from insight.facts.models import OpportunityFact
from insight.merges import CUSTOMERS
from insight.schema import schema
from insight.timeline.models import Happening

TABLES = (Happening, OpportunityFact)  # named, so that their metadata is complete


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="insight",
        package=insight,
        metadata=Happening.metadata,
        schema=schema,
        exportables=EXPORTABLES,
        context=lambda runtime, principal: Context(runtime.database, principal),
        handlers=HANDLERS,
        periodic=(following(CUSTOMERS),),
    )


if __name__ == "__main__":
    main(make)
