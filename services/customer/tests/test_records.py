"""What other services are told of customers: as much as whoever asks may read."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from chassis.access import Principal, TokenVerifier, acting_as
from chassis.access.directory import Directory
from chassis.database import Database
from chassis.errors import DomainError, Forbidden, Invalid, LimitExceeded, Unauthenticated
from chassis.rpc.client import Peers
from chassis.rpc.server import RpcServer
from chassis.testing import Graph, Issuer, runtime, settings
from customer.__main__ import make
from customer.consumers import HANDLERS
from roundel.common.v1.record_service_pb2 import BatchGetRecordsRequest
from roundel.common.v1.record_service_pb2_grpc import RecordServiceStub
from tests.access.people import Company, grant

pytestmark = pytest.mark.feature("F76")
DEFINE = "mutation($i: DefineFieldInput!) { defineCustomerField(input: $i) { field { key } } }"
REGISTER = "mutation($i: RegisterCustomerInput!) { registerCustomer(input: $i) { customer { id } } }"
ADD = "mutation($i: AddContactInput!) { addContact(input: $i) { contact { id } } }"
READS = "{ customerAudit(filter: {action: READ}) { nodes { operation detail } } }"


class Asker:
    """Asks as another service does, with tokens of the issuer's."""

    def __init__(self, stub: Any, issuer: Issuer, directory: Directory) -> None:
        self._stub = stub
        self._issuer = issuer
        self._directory = directory

    async def __call__(
        self, by: Principal | None, object: str, ids: Sequence[str], *fields: str
    ) -> tuple[dict[str, str], dict[str, Any]]:
        await self._directory.refresh()
        token = self._issuer.token("*:*", id=by.id) if by else None
        with acting_as(Principal("employee", token=token)):
            asked = BatchGetRecordsRequest(object=object, ids=ids, fields=fields)
            answer = await self._stub.BatchGetRecords(asked)
        return dict(answer.fields), {id: orjson.loads(record) for id, record in answer.records.items()}


@pytest.fixture
async def ask(database: Database) -> AsyncIterator[Asker]:
    """The service's own rpcs behind a real socket."""
    async with Issuer() as issuer:
        directory = Directory(database, untold=True)
        verifier = TokenVerifier(issuer=issuer.url, jwks_url=issuer.jwks_url, directory=directory)
        server = RpcServer(settings(), verifier)
        service = make()
        assert service.rpc
        for add, servicer in service.rpc(runtime(database)):
            server.add(add, servicer)
        await server.start()
        peers = Peers({"customer": f"127.0.0.1:{server.port}"})
        yield Asker(RecordServiceStub(peers.channel("customer")), issuer, directory)
        await peers.close()
        await server.stop(0)


@pytest.fixture
def company(database: Database) -> Company:
    """Those who may ask."""
    return Company(database, "customer", HANDLERS)


async def register(graph: Graph, name: str, owner: UUID | None = None, **custom: Any) -> str:
    profile = {"industry": "汽车", "sizeBand": "50-200", "ownerId": owner and str(owner)}
    added = [{"key": key, "value": value} for key, value in custom.items()]
    answer = await graph(REGISTER, {"i": {"name": name, "profile": profile, "custom": added}})
    assert not answer.errors, answer.errors
    return str(answer.data["registerCustomer"]["customer"]["id"])


async def test_each_asker_gets_the_rows_and_fields_that_they_may_read(
    graph: Graph, ask: Asker, company: Company
) -> None:
    for key, roles in (("tier", []), ("margin", ["board"])):
        field = {"key": key, "type": "text", "labelZh": key, "labelEn": key, "roles": roles}
        assert not (await graph(DEFINE, {"i": field})).errors
    await company.role("board", grant("customer", "read"))
    await company.role("blind", grant("customer", "read", hide=["custom.tier", "industry"]))
    await company.role("lone", grant("customer", "read", ["own"]))
    await company.role("stranger", grant("contact", "read"))
    board, blind, lone, stranger = [
        await company.person(role) for role in ("board", "blind", "lone", "stranger")
    ]
    ours = await register(graph, "宁波示例", lone.id, tier="A")
    theirs = await register(graph, "苏州示例")
    wanted = ("industry", "sizeBand", "custom.tier", "custom.margin", "colour")
    called = {each: each for each in wanted[:-1]} | {"sizeBand": "size_band"}
    whole = {"industry": "汽车", "size_band": "50-200", "custom.tier": "A", "custom.margin": None}

    fields, records = await ask(board, "customer", [ours, theirs, str(uuid4())], *wanted)
    assert fields == called
    assert records == {ours: whole, theirs: {**whole, "custom.tier": None}}
    assert (await ask(blind, "customer", [ours], *wanted))[1] == {ours: {"size_band": "50-200"}}
    assert (await ask(lone, "customer", [ours, theirs], "industry"))[1] == {ours: {"industry": "汽车"}}
    assert (await ask(stranger, "customer", [ours], "industry"))[1] == {}


async def test_only_which_fields_there_are_is_told_without_ids(
    graph: Graph, ask: Asker, company: Company
) -> None:
    await company.role("reader", grant("customer", "read"))
    reader, nobody = await company.person("reader"), await company.person()

    assert await ask(reader, "customer", [], "ownerId", "colour") == ({"ownerId": "owner_id"}, {})
    with pytest.raises(Forbidden):
        await ask(nobody, "customer", [], "industry")
    with pytest.raises(Unauthenticated):
        await ask(None, "customer", [], "industry")


@pytest.mark.parametrize(
    ("object", "ids", "refusal"),
    [
        ("customer", ["me"], Invalid),
        ("data_key", [], Invalid),
        ("access_principal", [], Invalid),
        ("customer", [str(uuid4()) for _ in range(501)], LimitExceeded),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    ask: Asker, company: Company, object: str, ids: list[str], refusal: type[DomainError]
) -> None:
    await company.role("reader", grant("*", "read"))
    with pytest.raises(refusal):
        await ask(await company.person("reader"), object, ids, "industry")


@pytest.mark.feature("F109")
async def test_sensitive_fields_that_others_read_are_recorded(
    graph: Graph, ask: Asker, company: Company
) -> None:
    await company.role("reader", grant("customer contact", "read"))
    reader = await company.person("reader")
    given = {"customerId": await register(graph, "宁波示例"), "name": "张三", "phone": "13800138000"}
    contact = (await graph(ADD, {"i": given})).data["addContact"]["contact"]["id"]

    await ask(reader, "contact", [contact], "name")
    _, records = await ask(reader, "contact", [contact], "name", "phone")

    assert records == {contact: {"name": "张三", "phone": "+8613800138000"}}
    entries = (await graph(READS)).data["customerAudit"]["nodes"]
    told = {"fields": ["phone"], "records": [contact]}
    asked = "roundel.common.v1.RecordService/BatchGetRecords"
    assert entries == [{"operation": asked, "detail": told}]
