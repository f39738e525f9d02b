"""Files of people at customers."""

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, outbox
from customer.__main__ import make
from customer.companies.importable import IMPORTABLE_CUSTOMERS
from customer.contacts.importable import IMPORTABLE_CONTACTS
from customer.interactions.importable import IMPORTABLE_INTERACTIONS

REGISTER = "mutation($name: String!) { registerCustomer(input: {name: $name}) { customer { id } } }"
SEEN = "{ contacts { nodes { name phone email decisionRole } } }"


@pytest.fixture
async def clerk(database: Database, graph: Graph) -> Clerk:
    """A clerk, and a customer."""
    await graph(REGISTER, {"name": "上海示例科技有限公司"})
    return Clerk(make(), testing.runtime(database), IMPORTABLE_CONTACTS)


@pytest.mark.feature("F19", "F21")
async def test_people_come_to_their_company_by_any_spelling_of_its_name(clerk: Clerk, graph: Graph) -> None:
    done = await clerk.bring(
        "公司名称,姓名,手机,邮箱,决策角色\n"
        "上海示例科技,张三,138-0013 8000,Zhang@Example.com,决策者\n"
        "无名公司,李四,,,\n"
        "上海示例科技,王五,12,,\n"
    )

    assert counts(done) == {"created": 1, "refused": 2}
    assert {reason["message"] for reason in done["reasons"]} == {
        "customer_id: there is no '无名公司', or more than one",
        "phone: '12' is no phone number; write it like +86 138 0013 8000",
    }
    assert (await graph(SEEN)).data["contacts"]["nodes"] == [
        {
            "name": "张三",
            "phone": "+8613800138000",
            "email": "zhang@example.com",
            "decisionRole": "DECISION_MAKER",
        }
    ]


@pytest.mark.feature("F21")
async def test_known_people_are_updated_and_set_back_and_new_ones_removed(
    clerk: Clerk, graph: Graph, database: Database
) -> None:
    await clerk.bring("company,name,phone\n上海示例科技,张三,13800138000\n")

    done = await clerk.bring(
        "company,name,phone\n上海示例科技,张三丰,+86 13800138000\n上海示例科技,李四,13800138001\n",
        duplicates="UPDATE",
    )
    assert counts(done) == {"created": 1, "updated": 1}
    assert [row["name"] for row in (await graph(SEEN)).data["contacts"]["nodes"]] == ["张三丰", "李四"]

    undone = await clerk.undo(done["id"])
    assert (undone["state"], undone["removed"], undone["restored"]) == ("UNDONE", 1, 1)
    assert [row["name"] for row in (await graph(SEEN)).data["contacts"]["nodes"]] == ["张三"]
    types = [event.type.rpartition(".")[2] for event in await outbox(database)][1:]
    assert types == ["ContactAdded", "ContactAdded", "ContactChanged", "ContactRemoved", "ContactChanged"]


@pytest.mark.feature("F21")
async def test_each_row_is_an_entry_of_the_follow_up_log(
    clerk: Clerk, graph: Graph, database: Database
) -> None:
    await clerk.bring("公司,姓名,手机\n上海示例科技,张三,13800138000\n")
    entries = Clerk(make(), testing.runtime(database), IMPORTABLE_INTERACTIONS)

    done = await entries.bring(
        "客户,主题,方式,时间,联系人\n上海示例科技,需求沟通,拜访,2026-03-01 10:00,张三\n"
        "上海示例科技,将来,电话,2099-01-01,\n"
    )

    assert counts(done) == {"created": 1, "refused": 1}
    assert done["reasons"][0]["message"] == "at: What has not happened yet is a plan; use nextPlan"
    seen = "{ interactions { nodes { subject kind contact { name } } } }"
    assert (await graph(seen)).data["interactions"]["nodes"] == [
        {"subject": "需求沟通", "kind": "VISIT", "contact": {"name": "张三"}}
    ]


@pytest.mark.feature("F21")
async def test_undone_entries_take_the_customers_last_follow_up_back(
    clerk: Clerk, graph: Graph, database: Database
) -> None:
    await clerk.bring("公司,姓名,手机\n上海示例科技,张三,13800138000\n")
    entries = Clerk(make(), testing.runtime(database), IMPORTABLE_INTERACTIONS)
    await entries.bring("客户,主题,时间\n上海示例科技,初次,2026-01-05 10:00\n")
    done = await entries.bring(
        "客户,主题,时间\n上海示例科技,二次,2026-02-01 10:00\n上海示例科技,三次,2026-03-01 10:00\n"
    )

    undone = await entries.undo(done["id"])

    assert counts(undone) == {"created": 2, "removed": 2}
    left = (await graph("{ interactions { nodes { subject } } customers { nodes { lastFollowUpAt } } }")).data
    assert left["interactions"]["nodes"] == [{"subject": "初次"}]
    assert left["customers"]["nodes"] == [{"lastFollowUpAt": "2026-01-05T02:00:00+00:00"}]
    types = [event.type.rpartition(".")[2] for event in await outbox(database)]
    assert types[-2:] == ["InteractionRemoved"] * 2


@pytest.mark.feature("F21")
async def test_what_others_kept_is_taken_back_at_a_second_go(
    clerk: Clerk, graph: Graph, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = "{ customers { nodes { name region } } }"
    before = (await graph(seen)).data
    monkeypatch.setattr("chassis.importing.files.CHUNK", 1)
    customers = Clerk(make(), testing.runtime(database), IMPORTABLE_CUSTOMERS)
    done = await customers.bring(
        "name,region\n上海示例科技,West\nReferred,\n上海示例科技,North\n", duplicates="UPDATE"
    )
    people = await clerk.bring("company,name\nReferred,Ada\n")
    made = {"created": 1, "updated": 2}

    assert counts(await customers.undo(done["id"])) == {**made, "restored": 2, "left": 1}
    await clerk.undo(people["id"])
    again = await customers.undo(done["id"])

    assert (counts(again), again["leftRows"]) == ({**made, "restored": 2, "removed": 1}, [])
    assert (await graph(seen)).data == before
