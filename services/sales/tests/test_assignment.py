"""Leads go by rule to active people, fairly, also when many come at once."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.database import Database, now
from chassis.messaging.subscriber import NotYet
from chassis.testing import Graph, deliver
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.marketing.v1 import marketing_events_pb2 as marketing
from sales.consumers import HANDLERS
from services.sales.tests.steps import do, hire, make_team, refused, told

LEAD = "lead { id status version owner { id } assignedByRule }"


def rule(name: str, position: int, field: str, value: str, **to: object) -> dict[str, object]:
    condition = {"combinator": "and", "rules": [{"field": field, "operator": "eq", "value": value}]}
    return {"name": name, "position": position, "condition": condition, **to}


async def define(graph: Graph, input: dict[str, object]) -> None:
    await do(graph, "defineAssignmentRule", input, "assignmentRule { id }")


async def owner_of(graph: Graph, **lead: object) -> str | None:
    made = await do(graph, "createLead", {"company": "Acme", **lead}, LEAD)
    return made["lead"]["owner"] and str(made["lead"]["owner"]["id"])


@pytest.mark.feature("F26")
async def test_the_first_rule_that_matches_decides(graph: Graph, database: Database) -> None:
    east, steel = await hire(database), await hire(database)
    await define(graph, rule("East", 2, "region", "East", ownerIds=[east]))
    await define(graph, rule("Steel", 1, "industry", "steel", ownerIds=[steel]))

    assert await owner_of(graph, region="East") == str(east)
    assert await owner_of(graph, region="East", industry="steel") == str(steel)
    assert await told(database) == ["LeadCreated", "LeadAssigned"] * 2


async def test_a_rule_waits_for_the_people_and_the_team_it_names(graph: Graph, database: Database) -> None:
    there, unheard = await hire(database), uuid4()

    refusal = await refused(
        graph, "defineAssignmentRule", rule("East", 1, "region", "East", ownerIds=[str(there), str(unheard)])
    )

    assert (refusal["code"], refusal["inputPath"]) == ("UNAVAILABLE", ["input", "ownerIds", 1])
    refusal = await refused(graph, "defineAssignmentRule", rule("East", 1, "region", "East", teamId=unheard))
    assert (refusal["code"], refusal["inputPath"]) == ("UNAVAILABLE", ["input", "teamId"])
    assert await owner_of(graph, region="East") is None


async def test_without_a_matching_rule_a_lead_lies_in_the_pool(graph: Graph, database: Database) -> None:
    await define(graph, rule("East", 1, "region", "East", ownerIds=[await hire(database)]))

    await owner_of(graph, region="West")

    pool = await graph("{ leads(filter: {ownerId: {isEmpty: true}}) { nodes { status } totalCount } }")
    assert pool.data["leads"] == {"nodes": [{"status": "NEW"}], "totalCount": 1}
    assert await told(database) == ["LeadCreated"]


@pytest.mark.feature("F27")
async def test_a_team_shares_fairly_when_many_leads_come_at_once(graph: Graph, database: Database) -> None:
    team = await make_team(database)
    members = [await hire(database, team=team) for _ in range(3)]
    await define(graph, rule("Team", 1, "source", "expo", teamId=team))

    owners = await asyncio.gather(*(owner_of(graph, source="expo") for _ in range(12)))

    assert Counter(owners) == {str(member): 4 for member in members}


@pytest.mark.feature("F27")
async def test_whoever_is_deactivated_gets_nothing_more(graph: Graph, database: Database) -> None:
    gone, there = await hire(database), await hire(database)
    await define(graph, rule("Both", 1, "region", "East", ownerIds=[gone, there]))
    left = identity.EmployeeDeactivated(employee_id=str(gone), version=2)
    await deliver(database, "sales", HANDLERS, left)

    assert {await owner_of(graph, region="East") for _ in range(3)} == {str(there)}

    lead = await do(graph, "createLead", {"company": "Bolt"}, LEAD)
    error = await refused(graph, "assignLead", {"id": lead["lead"]["id"], "ownerId": gone})
    assert error["code"] == "CONFLICT"


@pytest.mark.feature("F27")
async def test_whoever_is_absent_gets_nothing_until_they_are_back(graph: Graph, database: Database) -> None:
    away, there = await hire(database), await hire(database)
    await define(graph, rule("Both", 1, "region", "East", ownerIds=[away, there]))
    planned = identity.AbsencesChanged(employee_id=str(away), version=3)
    for start, end in ((-1, 1), (0.5, 2), (10, 12)):  # two of them overlap
        absence = planned.absences.add()
        absence.starts_at.FromDatetime(now() + timedelta(days=start))
        absence.ends_at.FromDatetime(now() + timedelta(days=end))
    older = identity.AbsencesChanged(employee_id=str(away), version=2)
    await deliver(database, "sales", HANDLERS, planned, older)

    assert {await owner_of(graph, region="East") for _ in range(3)} == {str(there)}

    del planned.absences[:2]
    planned.version = 4
    await deliver(database, "sales", HANDLERS, planned)
    assert await owner_of(graph, region="East") == str(away)


@pytest.mark.feature("F27")
async def test_whoever_works_here_again_gets_leads_again_in_whatever_order_it_is_told(
    graph: Graph, database: Database
) -> None:
    bo = await hire(database)
    await define(graph, rule("Bo", 1, "region", "East", ownerIds=[bo]))
    left = identity.EmployeeDeactivated(employee_id=str(bo), version=2)
    back = identity.EmployeeReactivated(employee_id=str(bo), version=3)

    await deliver(database, "sales", HANDLERS, back, left)

    assert await owner_of(graph, region="East") == str(bo)


async def test_a_person_may_assign_and_the_stale_version_loses(graph: Graph, database: Database) -> None:
    bo = await hire(database)
    lead = (await do(graph, "createLead", {"company": "Bolt"}, LEAD))["lead"]

    assigned = await do(graph, "assignLead", {"id": lead["id"], "ownerId": bo, "expectedVersion": 1}, LEAD)
    error = await refused(graph, "assignLead", {"id": lead["id"], "ownerId": bo, "expectedVersion": 1})

    assert assigned["lead"]["owner"] == {"id": str(bo)}
    assert error["facts"] == {"currentVersion": 2}
    assert (await refused(graph, "assignLead", {"id": lead["id"], "ownerId": uuid4()}))["code"] == "NOT_FOUND"


async def test_a_rule_is_defined_again_by_its_name(graph: Graph, database: Database) -> None:
    first, second = await hire(database), await hire(database)
    await define(graph, rule("East", 1, "region", "East", ownerIds=[first]))
    await define(graph, rule("East", 1, "region", "East", ownerIds=[second]))

    assert await owner_of(graph, region="East") == str(second)
    rules = await graph("{ assignmentRules { nodes { name version owners { id } condition } totalCount } }")
    assert rules.data["assignmentRules"]["totalCount"] == 1
    assert rules.data["assignmentRules"]["nodes"][0]["owners"] == [{"id": str(second)}]


@pytest.mark.parametrize(
    "wrong",
    [
        rule("R", 1, "shoe_size", "44", teamId=str(uuid4())),
        rule("R", 1, "region", "East"),
        {"name": "R", "position": 1, "condition": [], "teamId": str(uuid4())},
        rule("R", 1, "region", 5, teamId=str(uuid4())),  # type: ignore[arg-type]
    ],
)
async def test_a_rule_that_could_never_work_is_refused(graph: Graph, wrong: dict[str, object]) -> None:
    assert (await refused(graph, "defineAssignmentRule", wrong))["code"] == "INVALID"


async def test_a_move_told_before_the_registration_is_not_lost(graph: Graph, database: Database) -> None:
    id, team = uuid4(), await make_team(database)
    moved = identity.EmployeeMoved(employee_id=str(id), version=2, team_id=str(team))
    with pytest.raises(NotYet):
        await deliver(database, "sales", HANDLERS, moved)

    registered = identity.EmployeeRegistered(employee_id=str(id), version=1, name="Bo")
    roles = identity.RolesChanged(employee_id=str(id), version=3, roles=["sales"])
    await deliver(database, "sales", HANDLERS, registered, roles, moved, registered)

    await define(graph, rule("Team", 1, "region", "East", teamId=team))
    assert await owner_of(graph, region="East") == str(id)


@pytest.mark.feature("F26")
async def test_a_qualified_prospect_becomes_one_lead(graph: Graph, database: Database) -> None:
    bo = await hire(database)
    await define(graph, rule("East", 1, "region", "East", ownerIds=[bo]))
    campaign, prospect = uuid4(), uuid4()
    qualified = marketing.ProspectQualified(
        prospect_id=str(prospect),
        version=2,
        campaign_id=str(campaign),
        source="webinar",
        company="示例科技",
        contact_name="李雷",
        email="li@example.com",
        region="East",
        product_interest="GTX",
    )
    qualified.occurred_at.FromJsonString("2026-03-01T00:00:00Z")

    await deliver(database, "sales", HANDLERS, qualified, id=UUID(int=7))
    await deliver(database, "sales", HANDLERS, qualified, id=UUID(int=7))
    await deliver(database, "sales", HANDLERS, qualified)  # told again as another event

    answer = await graph(
        "{ leads { nodes { company source campaign { id } owner { id } prospectId createdAt } totalCount } }"
    )
    assert answer.data["leads"]["totalCount"] == 1
    assert answer.data["leads"]["nodes"] == [
        {
            "company": "示例科技",
            "source": "webinar",
            "campaign": {"id": str(campaign)},
            "owner": {"id": str(bo)},
            "prospectId": str(prospect),
            "createdAt": "2026-03-01T00:00:00+00:00",
        }
    ]
    assert await told(database) == ["LeadCreated", "LeadAssigned"]
