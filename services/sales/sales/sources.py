"""Which services have the records that fields of ours may point to, beside our own."""

from chassis.fields.asking import Sources
from roundel.common.v1.record_service_pb2 import BatchGetRecordsRequest
from roundel.common.v1.record_service_pb2_grpc import RecordServiceStub

SOURCES = Sources(
    {
        "customer": "customer",
        "contact": "customer",
    },
    RecordServiceStub,
    BatchGetRecordsRequest,
)
