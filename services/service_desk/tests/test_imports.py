"""Files of tickets."""

from uuid import uuid4

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, outbox
from service_desk.__main__ import make
from service_desk.tickets.importable import IMPORTABLE_TICKETS


@pytest.mark.feature("F21")
async def test_each_row_opens_a_ticket(database: Database, graph: Graph) -> None:
    tickets = Clerk(make(), testing.runtime(database), IMPORTABLE_TICKETS)
    customer = uuid4()

    done = await tickets.bring(
        "主题,客户编号,优先级,渠道,创建时间\n"
        f"打印机坏了,{customer},紧急,电话,2026-03-01 09:30\n"
        f"无客户,,高,,\n坏,{customer},很高,,\n"
    )

    assert counts(done) == {"created": 1, "refused": 2}
    answer = await graph("{ tickets { nodes { subject priority channel openedAt } } }")
    assert answer.data["tickets"]["nodes"] == [
        {
            "subject": "打印机坏了",
            "priority": "URGENT",
            "channel": "PHONE",
            "openedAt": "2026-03-01T01:30:00+00:00",
        }
    ]


@pytest.mark.feature("F21")
async def test_undone_tickets_go_unless_somebody_took_them_on(database: Database, graph: Graph) -> None:
    tickets = Clerk(make(), testing.runtime(database), IMPORTABLE_TICKETS)
    done = await tickets.bring(f"主题,客户编号\n打印机坏了,{uuid4()}\n屏幕坏了,{uuid4()}\n")
    nodes = (await graph("{ tickets { nodes { id subject } } }")).data["tickets"]["nodes"]
    [taken] = [node["id"] for node in nodes if node["subject"] == "屏幕坏了"]
    assign = "mutation($input: AssignTicketInput!) { assignTicket(input: $input) { ticket { id } } }"
    assert not (await graph(assign, {"input": {"id": taken, "assigneeId": str(uuid4())}})).errors

    undone = await tickets.undo(done["id"])

    assert (undone["removed"], undone["leftRows"]) == (1, [{"id": taken, "reason": "It was changed since"}])
    left = (await graph("{ tickets { nodes { subject history { nodes { action } } } } }")).data["tickets"]
    assert [node["subject"] for node in left["nodes"]] == ["屏幕坏了"]
    assert (await outbox(database))[-1].type == "roundel.service_desk.v1.TicketRemoved"
