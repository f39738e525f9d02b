"""Live events of the real services, over both transports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from chassis.testing import eventually
from deploy.local.suite import Suite
from tests.e2e.caller import Caller

UPDATES = "subscription($queue: String) { ticketUpdates(queue: $queue) { subject status customer { name } } }"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
async def customer(administrator: Caller) -> str:
    registered = await administrator.do("registerCustomer", "{ customer { id } }", name="Live 示例公司")
    id: str = registered["customer"]["id"]
    return id


@pytest.fixture(scope="module")
async def staff(suite: Suite, administrator: Caller) -> AsyncIterator[Any]:
    """`await staff("sales")` answers the id of a new employee and a caller signed in as such."""
    async with AsyncExitStack() as stack:

        async def hired(*roles: str) -> tuple[str, Caller]:
            email = f"{uuid4().hex}@example.org"
            registered = await administrator.do(
                "registerEmployee",
                "{ employee { id } }",
                email=email,
                name="Live",
                roles=list(roles),
                password=PASSWORD,
            )
            anonymous = await stack.enter_async_context(Caller(suite.graph))
            token = await anonymous.sign_in(email, PASSWORD)
            caller = await stack.enter_async_context(Caller(suite.graph, token))
            return registered["employee"]["id"], caller

        yield hired


async def opened(administrator: Caller, customer: str, subject: str, queue: str) -> dict[str, Any]:
    answer = await administrator.do(
        "openTicket",
        "{ ticket { id version } }",
        customerId=customer,
        subject=subject,
        channel="PHONE",
        queue=queue,
    )
    ticket: dict[str, Any] = answer["ticket"]
    return ticket


async def test_what_happens_to_the_tickets_of_a_queue_is_told_over_sse(
    administrator: Caller, customer: str, staff: Any
) -> None:
    agent, _ = await staff("agent")
    async with administrator.subscribed(UPDATES, {"queue": "sse"}) as stream:
        await opened(administrator, customer, "Elsewhere", "another")
        ticket = await opened(administrator, customer, "Printer", "sse")
        told = {"subject": "Printer", "status": "OPEN", "customer": {"name": "Live 示例公司"}}
        assert (await stream.next() or {})["data"] == {"ticketUpdates": told}
        await administrator.do(
            "assignTicket", "{ ticket { id } }", id=ticket["id"], assigneeId=agent, expectedVersion=1
        )
        assert (await stream.next() or {})["data"] == {"ticketUpdates": {**told, "status": "ASSIGNED"}}


async def test_the_same_is_told_over_websocket(administrator: Caller, customer: str, suite: Suite) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(suite.graph, protocols=("graphql-transport-ws",)) as socket,
    ):
        authorization = {"authorization": f"Bearer {administrator.token}"}
        await socket.send_json({"type": "connection_init", "payload": authorization})
        assert (await socket.receive_json())["type"] == "connection_ack"
        payload = {"query": UPDATES, "variables": {"queue": "ws"}}
        await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
        told = asyncio.create_task(socket.receive_json())

        async def arrived() -> bool:  # the protocol does not say when a subscription has begun
            await opened(administrator, customer, "Scanner", "ws")
            return told.done()

        await eventually(arrived, pause=0.2)
        assert (await told)["payload"]["data"]["ticketUpdates"]["subject"] == "Scanner"


async def test_who_may_not_read_tickets_is_told_nothing(
    administrator: Caller, customer: str, staff: Any
) -> None:
    _, nobody = await staff()
    async with nobody.subscribed(UPDATES) as stream:
        refusal = await stream.next()
        assert refusal is not None
        assert refusal["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await stream.next() is None


async def test_fields_that_the_subscriber_may_not_see_stay_null(
    administrator: Caller, customer: str, staff: Any
) -> None:
    _, colleague = await staff()
    query = "subscription { todos { title customer { name } } }"
    id = (await colleague.get("{ me { id } }"))["me"]["id"]
    async with colleague.subscribed(query) as stream:
        await administrator.do(
            "createTodo", "{ todo { id } }", title="Call them", assigneeId=id, customerId=customer
        )
        told = await stream.next()
    assert told is not None
    assert told["data"] == {"todos": {"title": "Call them", "customer": None}}
    assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_whoever_loses_sight_of_a_record_is_told_no_more_of_it(
    administrator: Caller, staff: Any
) -> None:
    (ann, hers), (ben, _) = await staff("salesperson"), await staff("salesperson")
    made = await administrator.do("createLead", "{ lead { id } }", company="Sight", ownerId=ann)
    id = made["lead"]["id"]

    async def seen() -> Any:  # and so that sales was told of her
        return (await hers.get("query($id: ID!) { lead(id: $id) { id } }", {"id": id}))["lead"]

    await eventually(seen)
    query = "subscription($id: ID!) { leadChanged(id: $id) { owner { id } version } }"
    async with hers.subscribed(query, {"id": id}) as stream:
        for version in (3, 5):
            for owner in (ben, ann):
                await administrator.do("assignLead", "{ lead { id } }", id=id, ownerId=owner)
            lead: dict[str, Any] = {"version": 0}
            while lead["version"] < version:
                lead = (await stream.next())["data"]["leadChanged"]
                assert lead["owner"] == {"id": ann}, "nothing is told while it is somebody else's"


async def test_everybody_is_told_of_their_own_to_dos_alone(administrator: Caller, staff: Any) -> None:
    (ada, her), (bob, his) = await staff("marketer"), await staff("salesperson")

    async def known() -> bool:
        answers = [await administrator.refused("createTodo", title="-", assigneeId=id) for id in (ada, bob)]
        return answers == [[], []]

    await eventually(known)
    query = "subscription { todos { title } }"
    async with her.subscribed(query) as hers, his.subscribed(query) as his_own:
        for title, whose in (
            ("For Ada", {"assigneeId": ada}),
            ("For sales", {"role": "salesperson"}),
            ("For Bob", {"assigneeId": bob}),
            ("Again for Ada", {"assigneeId": ada}),
        ):
            await administrator.do("createTodo", "{ todo { id } }", title=title, **whose)
        assert await titles(hers) == ["For Ada", "Again for Ada"]
        assert await titles(his_own) == ["For sales", "For Bob"]


async def titles(stream: Any) -> list[str]:
    """The titles of the next two to-dos; those of the fixture may still be under way."""
    found: list[str] = []
    while len(found) < 2:
        title = (await stream.next())["data"]["todos"]["title"]
        found += [title] if title != "-" else []
    return found


async def test_a_customers_timeline_is_told_as_it_grows(administrator: Caller, customer: str) -> None:
    query = "subscription($id: ID!) { customerTimeline(customerId: $id) { title actor { id } } }"
    changed = "subscription($id: ID!) { customerChanged(id: $id) { name contacts { nodes { name } } } }"
    async with (
        administrator.subscribed(query, {"id": customer}) as timeline,
        administrator.subscribed(changed, {"id": customer}) as itself,
    ):
        await administrator.do(
            "addContact", "{ contact { id } }", customerId=customer, name="Li Wei", title="CTO"
        )
        await told(timeline, lambda data: data["customerTimeline"]["title"] == "Contact added: Li Wei CTO")
        await told(itself, lambda data: data["customerChanged"]["contacts"]["nodes"] == [{"name": "Li Wei"}])


async def told(stream: Any, expected: Callable[[Any], bool]) -> None:
    """Return when the stream tells it; what happened before may still be under way."""
    while not expected((await stream.next())["data"]):
        pass


async def test_streams_end_with_a_reason_when_the_gateway_restarts(
    administrator: Caller, suite: Suite
) -> None:
    async with administrator.subscribed(UPDATES) as stream:
        await suite.stop_one("gateway")
        ending = await stream.next()
        assert ending is not None
        assert ending["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert await stream.next() is None
    await suite.start_one("gateway")
