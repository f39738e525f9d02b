"""Files of prospects."""

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, outbox
from marketing.__main__ import make
from marketing.campaigns.importable import IMPORTABLE_CAMPAIGNS
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

    assert counts(await prospects.undo(again["id"])) == {"updated": 1, "restored": 1}
    answer = await graph("{ prospects { nodes { company region } } }")
    assert answer.data["prospects"]["nodes"] == [{"company": "示例科技", "region": None}]


@pytest.mark.feature("F21")
async def test_campaigns_are_known_by_their_code_and_set_back(database: Database, graph: Graph) -> None:
    campaigns = Clerk(make(), testing.runtime(database), IMPORTABLE_CAMPAIGNS)
    await campaigns.bring("活动名称,来源代码,渠道,开始日期,预算\n春季展会,SPRING,展会,2026/3/1,5万\n")

    done = await campaigns.bring(
        "名称,code,渠道,开始日期\n春展,SPRING,expo,2026-03-02\n坏,X,火箭,2026-03-02\n", duplicates="UPDATE"
    )

    assert counts(done) == {"updated": 1, "refused": 1}
    assert counts(await campaigns.undo(done["id"]))["restored"] == 1
    answer = await graph("{ campaigns { nodes { name channel startsOn budget { amount currency } } } }")
    assert answer.data["campaigns"]["nodes"] == [
        {
            "name": "春季展会",
            "channel": "EXPO",
            "startsOn": "2026-03-01",
            "budget": {"amount": "50000", "currency": "CNY"},
        }
    ]


@pytest.mark.feature("F21")
async def test_undone_campaigns_go_unless_they_brought_somebody(database: Database, graph: Graph) -> None:
    runtime = testing.runtime(database)
    campaigns = Clerk(make(), runtime, IMPORTABLE_CAMPAIGNS)
    done = await campaigns.bring(
        "活动名称,来源代码,渠道,开始日期\n春季展会,SPRING,展会,2026-03-01\n秋季展会,AUTUMN,展会,2026-09-01\n"
    )
    await Clerk(make(), runtime, IMPORTABLE_PROSPECTS).bring("公司,邮箱,活动\n甲,a@example.com,秋季展会\n")

    undone = await campaigns.undo(done["id"])

    assert (undone["removed"], [row["reason"] for row in undone["leftRows"]]) == (
        1,
        ["Something refers to it"],
    )
    left = (await graph("{ campaigns { nodes { name } } }")).data["campaigns"]["nodes"]
    assert left == [{"name": "秋季展会"}]
    assert (await outbox(database))[-1].type == "roundel.marketing.v1.CampaignRemoved"


@pytest.mark.feature("F21")
async def test_prospects_that_nobody_dealt_with_are_removed_when_undone(
    database: Database, graph: Graph
) -> None:
    prospects = Clerk(make(), testing.runtime(database), IMPORTABLE_PROSPECTS)
    done = await prospects.bring("公司,邮箱\n示例科技,ada@example.com\n甲公司,bo@example.com\n")
    nodes = (await graph("{ prospects { nodes { id company } } }")).data["prospects"]["nodes"]
    [qualified] = [node["id"] for node in nodes if node["company"] == "甲公司"]
    qualify = "mutation($id: ID!) { qualifyProspect(input: {id: $id}) { prospect { id } } }"
    assert not (await graph(qualify, {"id": qualified})).errors

    undone = await prospects.undo(done["id"])

    assert (undone["removed"], undone["left"]) == (1, 1)
    left = (await graph("{ prospects { nodes { company } } }")).data["prospects"]["nodes"]
    assert left == [{"company": "甲公司"}]
    assert "roundel.marketing.v1.ProspectRemoved" in [event.type for event in await outbox(database)]
