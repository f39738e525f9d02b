"""Files of tickets."""

from uuid import uuid4

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph
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
