"""`python -m customer api | worker | all | migrate | …`: where this service is put together."""

import customer
from chassis.fields.serving import Records
from chassis.main import main
from chassis.merging.following import following
from chassis.service import Periodic, Runtime, Service
from customer.companies.models import Customer
from customer.consumers import HANDLERS
from customer.context import Context
from customer.duplicates.searching import search
from customer.exports import EXPORTABLES
from customer.imports import IMPORTABLES
from customer.merges.kinds import COMPANY, PERSON
from customer.rpc import CustomerActions
from customer.schema import schema
from roundel.common.v1.record_service_pb2 import BatchGetRecordsResponse
from roundel.common.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from roundel.customer.v1.customer_actions_pb2_grpc import add_CustomerActionsServicer_to_server


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="customer",
        package=customer,
        metadata=Customer.metadata,
        schema=schema,
        context=lambda runtime, principal: Context(runtime.database, principal),
        handlers=HANDLERS,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        periodic=(Periodic(1, _search), following(COMPANY.merging, PERSON.merging)),
        rpc=lambda runtime: [
            (add_CustomerActionsServicer_to_server, CustomerActions(runtime.database)),
            (
                add_RecordServiceServicer_to_server,
                Records(runtime.database, Customer.metadata, BatchGetRecordsResponse),
            ),
        ],
    )


async def _search(runtime: Runtime) -> None:
    await search(runtime.database)


if __name__ == "__main__":
    main(make)
