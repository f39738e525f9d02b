"""`python -m sales api | worker | all | migrate | …`: where this service is put together."""

import sales
from chassis.fields.serving import Records
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Periodic, Runtime, Service
from roundel.common.v1.record_service_pb2 import BatchGetRecordsResponse
from roundel.common.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from sales.consumers import HANDLERS
from sales.context import Context
from sales.contracts.activation import sweep
from sales.exports import EXPORTABLES
from sales.imports import IMPORTABLES
from sales.merges import CUSTOMERS
from sales.model import Model
from sales.schema import schema
from sales.sources import SOURCES


async def sweep_activations(runtime: Runtime) -> None:
    """Look after signed contracts that wait for project or finance."""
    async with runtime.database.transaction() as session:
        await sweep(session, present=runtime.clock())


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="sales",
        package=sales,
        metadata=Model.metadata,
        schema=schema,
        sources=SOURCES,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        context=Context,
        handlers=HANDLERS,
        rpc=lambda runtime: [
            (
                add_RecordServiceServicer_to_server,
                Records(runtime.database, Model.metadata, BatchGetRecordsResponse),
            )
        ],
        periodic=[Periodic(10, sweep_activations), following(CUSTOMERS)],
    )


if __name__ == "__main__":
    main(make)
