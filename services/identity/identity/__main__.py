"""`python -m identity api | worker | all | migrate | …`: where this service is put together."""

import identity
from chassis.main import main
from chassis.service import Periodic, Service
from identity.consumers import HANDLERS
from identity.context import Context
from identity.exports import EXPORTABLES
from identity.imports import IMPORTABLES
from identity.model import Model
from identity.routes import routes
from identity.schema import schema
from identity.settings import IdentitySettings
from identity.start import forget_expired, prepare


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="identity",
        package=identity,
        metadata=Model.metadata,
        schema=schema,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        handlers=HANDLERS,
        context=Context,
        settings=IdentitySettings,
        periodic=(Periodic(3600, forget_expired),),
        routes=routes,
        on_start=prepare,
    )


if __name__ == "__main__":
    main(make)
