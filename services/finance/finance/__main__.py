"""`python -m finance api | worker | all | migrate | …`: where this service is put together."""

import finance
from chassis.main import main
from chassis.merging.following import following
from chassis.money import Money
from chassis.service import Runtime, Service
from finance.consumers import HANDLERS
from finance.context import Context
from finance.customers.models import KnownCustomer
from finance.exports import EXPORTABLES
from finance.imports import IMPORTABLES
from finance.merges import CUSTOMERS
from finance.receivables.reminders import OVERDUE, tell_overdue
from finance.rpc import FinanceService
from finance.schema import schema
from finance.settings import Settings
from finance.sources import SOURCES
from roundel.finance.v1.finance_service_pb2_grpc import add_FinanceServiceServicer_to_server


def make() -> Service:
    """Return the service as it is composed."""
    return Service(
        name="finance",
        package=finance,
        metadata=KnownCustomer.metadata,
        schema=schema,
        sources=SOURCES,
        exportables=EXPORTABLES,
        importables=IMPORTABLES,
        context=lambda runtime, principal: Context(runtime.database, principal, _default_limit(runtime)),
        settings=Settings,
        handlers=HANDLERS,
        periodic=(following(CUSTOMERS),),
        timers={OVERDUE: tell_overdue},
        rpc=lambda runtime: [
            (add_FinanceServiceServicer_to_server, FinanceService(runtime.database, _default_limit(runtime)))
        ],
    )


def _default_limit(runtime: Runtime) -> Money:
    assert isinstance(runtime.settings, Settings)
    return runtime.settings.default_credit_limit


if __name__ == "__main__":
    main(make)
