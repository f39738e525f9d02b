"""Rules of uniqueness in the graph: per object a query and a mutation, named after it."""

from typing import Any

import strawberry

from chassis.edges.roots import Roots
from chassis.exporting.naming import camel
from chassis.graphql.context import BaseContext
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.uniqueness import commands
from chassis.uniqueness.commands import Rules, Unique

Info = strawberry.Info[BaseContext, None]


@strawberry.federation.type(shareable=True, description="Fields in which no two records may all be equal.")
class UniquenessRule:
    name: str = strawberry.field(description="What refusals call it.")
    fields: list[str] = strawberry.field(description="The fields; case, width and punctuation do not count.")


@strawberry.federation.type(shareable=True, description="The rules in force.")
class UniquenessPayload:
    rules: list[UniquenessRule] = strawberry.field(description="The rules.")


@strawberry.input(description="Fields in which no two records may all be equal.")
class UniquenessRuleInput:
    name: str = strawberry.field(description="What refusals call it.")
    fields: list[str] = strawberry.field(description="The fields, for example phone.")


@strawberry.input(description="All rules of an object; an empty list lets records be alike.")
class SetUniquenessInput(Input):
    rules: list[UniquenessRuleInput] = strawberry.field(
        description="The rules, in the place of the present ones."
    )


def uniqueness(unique: Unique) -> Roots:
    """Return the fields by which the rules of one object are read and set."""
    small = f"{unique.name[0].lower()}{unique.name[1:]}"
    by_name = {camel(field): field for field in unique.fields}

    async def read(info: Info) -> list[UniquenessRule]:
        async with info.context.database.transaction() as session:
            return _shown(await commands.rules_of(session, unique))

    async def put(info: Info, input: SetUniquenessInput) -> UniquenessPayload:
        rules = {rule.name: tuple(by_name.get(field, field) for field in rule.fields) for rule in input.rules}

        async def work(session: Any) -> list[list[Any]]:
            return [
                [name, list(fields)]
                for name, fields in (await commands.set_rules(session, unique, rules)).items()
            ]

        return UniquenessPayload(rules=_shown(dict(await info.context.change(input, work))))

    queries = {
        f"{small}_uniqueness": strawberry.field(
            resolver=read,
            description=f"By which rules a {unique.noun} may be entered only once.",
            extensions=[Granted(unique.noun, "read")],
        )
    }
    mutations = {
        f"set_{small}_uniqueness": strawberry.mutation(
            resolver=put,
            description=f"Say by which rules a {unique.noun} may be entered only once.",
            extensions=[Granted(unique.noun, "configure")],
        )
    }
    return Roots(
        strawberry.type(type(f"{unique.name}UniquenessQueries", (), queries)),
        strawberry.type(type(f"{unique.name}UniquenessMutations", (), mutations)),
    )


def _shown(rules: Rules) -> list[UniquenessRule]:
    return [
        UniquenessRule(name=name, fields=[camel(field) for field in fields]) for name, fields in rules.items()
    ]
