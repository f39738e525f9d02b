"""Files of prospects."""

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph
from marketing.__main__ import make
from marketing.prospects.importable import IMPORTABLE_PROSPECTS


@pytest.mark.feature("F21")
async def test_prospects_come_in_once_per_address_and_are_completed(database: Database, graph: Graph) -> None:
    prospects = Clerk(make(), testing.runtime(database), IMPORTABLE_PROSPECTS)
    done = await prospects.bring("公司,邮箱,渠道\n示例科技,Ada@Example.com,抖音\n无联系方式,,抖音\n")
    assert counts(done) == {"created": 1, "refused": 1}

    again = await prospects.bring("公司,邮箱,地区\n示例科技,ada@example.com,华东\n", duplicates="UPDATE")

    assert counts(again) == {"updated": 1}
    answer = await graph("{ prospects { nodes { company email region source } } }")
    assert answer.data["prospects"]["nodes"] == [
        {"company": "示例科技", "email": "ada@example.com", "region": "华东", "source": "抖音"}
    ]
