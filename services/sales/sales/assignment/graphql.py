"""Assignment rules in the graph."""

from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import BooleanFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput
from chassis.graphql.policy import Granted
from chassis.graphql.values import Condition
from chassis.listing import Page
from sales.assignment import commands
from sales.assignment.queries import ASSIGNMENT_RULES
from sales.context import Info
from sales.references import Employee
from sales.trail import TRAIL


@strawberry.type(description="Who gets the leads that meet a condition; the first matching rule decides.")
class AssignmentRule:
    id: UUID = strawberry.field(description="Id of the rule.")
    version: int = strawberry.field(description="Rises with every change.")
    name: str = strawberry.field(description="Unique name.")
    position: int = strawberry.field(description="Lower positions are tried first.")
    condition: Condition = strawberry.field(
        description="Tree over region, industry, product_interest, source and company."
    )
    owners: list[Employee] = strawberry.field(description="Who may get these leads, if not a team.")
    team_id: UUID | None = strawberry.field(description="Whose members get these leads.")
    active: bool = strawberry.field(description="Whether the rule is tried at all.")
    history = TRAIL.history(ASSIGNMENT_RULES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            position=row.position,
            condition=row.condition,
            owners=[Employee(id=id) for id in row.owner_ids],
            team_id=row.team_id,
            active=row.active,
        )


@strawberry.input(description="Which rules; everything given must hold.")
class AssignmentRuleFilter:
    name: TextFilter | None = None
    team_id: IdFilter | None = None
    active: BooleanFilter | None = None


@strawberry.enum(description="What assignment rules can be sorted by.")
class AssignmentRuleSort(Enum):
    POSITION = "position"
    NAME = "name"


@strawberry.input(description="Order of a list of assignment rules.")
class AssignmentRuleOrder:
    by: AssignmentRuleSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class AssignmentQueries:
    @strawberry.field(
        extensions=[Granted("assignment_rule", "read")],
        description="Assignment rules, in the order they are tried.",
    )
    async def assignment_rules(
        self,
        info: Info,
        filter: AssignmentRuleFilter | None = None,
        where: Where = None,
        sort: AssignmentRuleOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[AssignmentRule]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, ASSIGNMENT_RULES), order)
        return await info.context.page(ASSIGNMENT_RULES, page, AssignmentRule.of)


@strawberry.input(description="A rule; the one of the same name is replaced.")
class DefineAssignmentRuleInput(ChangeInput):
    name: str = strawberry.field(description="Unique name.")
    position: int = strawberry.field(description="Lower positions are tried first.")
    condition: Condition = strawberry.field(
        description='E.g. {"combinator": "and", "rules": [{"field": "region", "operator": "eq", '
        '"value": "East"}]} over region, industry, product_interest, source, company.'
    )
    owner_ids: list[UUID] = strawberry.field(default_factory=list, description="Who may get these leads.")
    team_id: UUID | None = strawberry.field(default=None, description="Whose members get these leads.")
    active: bool = strawberry.field(default=True, description="Whether the rule is tried at all.")


@strawberry.type(description="The rule as it is now.")
class AssignmentRulePayload:
    assignment_rule: AssignmentRule = strawberry.field(description="The rule.")


@strawberry.type
class AssignmentMutations:
    @strawberry.mutation(
        extensions=[Granted("assignment_rule", "update")], description="Say who gets which leads."
    )
    async def define_assignment_rule(
        self, info: Info, input: DefineAssignmentRuleInput
    ) -> AssignmentRulePayload:
        row = await info.context.change(
            input,
            lambda session: commands.define_rule(
                session,
                name=input.name,
                position=input.position,
                condition=input.condition,
                owner_ids=input.owner_ids,
                team_id=input.team_id,
                active=input.active,
                expected_version=input.expected_version,
            ),
        )
        return AssignmentRulePayload(assignment_rule=AssignmentRule.of(row))
