"""What executing a 360's fetches costs: stock Strawberry, graphql-core on a cached document, compiled."""

import asyncio
import copy
import inspect
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from graphql import ExecutionResult, execute, parse

import customer
from chassis import migrations
from chassis.access import acting_as
from chassis.database import Database
from chassis.graphql.compiled import Executable
from chassis.testing import employee
from customer.companies.commands import register_customer
from customer.contacts.commands import add_contact
from customer.context import Context
from customer.interactions.commands import log_interaction
from customer.interactions.models import InteractionKind
from customer.schema import schema as make_schema
from deploy.local import postgres as postgres_server
from deploy.local.ports import free_port
from deploy.local.supervisor import Supervisor

COMPANY = "__typename id name status industry region source owner { id } createdAt lastFollowUpAt"
PAGES = """
contacts(first: 10) { nodes { id version name title decisionRole email phone } pageInfo { hasNextPage } }
interactions(first: 10) { nodes { id version kind occurredAt subject body author { id } }
                          pageInfo { hasNextPage endCursor } }
"""
ENTITIES = f"""query($representations: [_Any!]!) {{
  _entities(representations: $representations) {{ __typename ... on Customer {{ {COMPANY} {PAGES} }} }} }}"""
LIST = f"""query($first: Int) {{ customers(first: $first) {{
  nodes {{ {COMPANY} sizeBand registry {{ employees headquarters revenue {{ amount currency }} }} }}
  pageInfo {{ hasNextPage endCursor }} }} }}"""
LEAST = 3.0

Way = Callable[[Context, dict[str, Any]], Awaitable[ExecutionResult]]


class Case(NamedTuple):
    """What is asked, with which variables."""

    name: str
    query: str
    variables: dict[str, Any]


class Preloaded(Context):
    """Answers with the rows and pages that an earlier request read: what is left is the executor's cost."""

    def __init__(self, asked: Context) -> None:
        super().__init__(asked.database, asked.principal)
        self._loaders = asked._loaders
        self._pages: dict[Any, Any] = {}

    async def page(self, listing: Any, page: Any, node: Any) -> Any:
        """Return the page that was read the first time."""
        key = (listing.table.name, page)
        if key not in self._pages:
            self._pages[key] = await super().page(listing, page, node)
        return self._pages[key]

    async def children(self, listing: Any, column: Any, parent: Any, page: Any, node: Any) -> Any:
        """Return the page that was read the first time."""
        key = (listing.table.name, parent, page)
        if key not in self._pages:
            self._pages[key] = await super().children(listing, column, parent, page, node)
        return self._pages[key]


def ways(schema: Any, query: str) -> dict[str, Way]:
    """Return the three ways to execute a query."""
    document = parse(query)
    compiled = Executable(schema._schema, document)

    async def core(context: Context, variables: dict[str, Any]) -> ExecutionResult:
        found = execute(schema._schema, document, context_value=context, variable_values=variables)
        result: ExecutionResult = await found if inspect.isawaitable(found) else found
        return result

    async def stock(context: Context, variables: dict[str, Any]) -> ExecutionResult:
        result: ExecutionResult = await schema.execute(
            query, variable_values=variables, context_value=context
        )
        return result

    return {"stock": stock, "core": core, "compiled": compiled.execute}


async def cost(way: Way, context: Callable[[], Context], variables: dict[str, Any], count: int) -> float:
    """Return the CPU time of one execution."""
    asked = [(context(), copy.deepcopy(variables)) for _ in range(count)]
    began = time.process_time()
    for given in asked:
        result = await way(*given)
        assert not result.errors, result.errors
    return (time.process_time() - began) / count


async def compare(
    case: Case, schema: Any, context: Callable[[], Context], *, rounds: int, count: int
) -> dict[str, float]:
    """Return how many times the compiled cost the others have, and that cost; medians over the rounds."""
    found: dict[str, list[float]] = {"stock": [], "core": [], "compiled": []}
    for _ in range(rounds):
        spent = {}
        for name, way in ways(schema, case.query).items():
            await cost(way, context, case.variables, 2)
            spent[name] = await cost(way, context, case.variables, count // 4 if name == "stock" else count)
        for name in found:
            found[name].append(spent[name] / (1 if name == "compiled" else spent["compiled"]))
    return {name: statistics.median(values) for name, values in found.items()}


async def fill(database: Database) -> list[UUID]:
    """Enter 30 companies with 10 contacts and 12 interactions each."""
    ids: list[UUID] = []
    for number in range(30):
        async with database.transaction() as session:
            company = await register_customer(
                session, name=f"Company {number}", industry="制造业-汽车零配件", region="East"
            )
            for each in range(10):
                await add_contact(session, customer_id=company.id, name=f"Person {each}", title="Buyer")
            for each in range(12):
                await log_interaction(
                    session,
                    customer_id=company.id,
                    kind=InteractionKind.CALL,
                    subject=f"Call {each}",
                    body="Asked for an offer.",
                )
            ids.append(company.id)
    return ids


async def measure(database: Database) -> list[tuple[str, dict[str, float]]]:
    """Return what each case costs each way, with the database and without."""
    principal, schema = employee(), make_schema()
    with acting_as(principal):
        ids = await fill(database)
        cases = [
            Case(f"_entities of {many}", ENTITIES, {"representations": represented(ids[:many])})
            for many in (1, 20)
        ]
        cases.append(Case("a list of 20", LIST, {"first": 20}))
        found: list[tuple[str, dict[str, float]]] = []
        for case in cases:
            asked = Context(database, principal)
            await ways(schema, case.query)["core"](asked, copy.deepcopy(case.variables))
            ready = Preloaded(asked)
            real = await compare(case, schema, lambda: Context(database, principal), rounds=5, count=20)
            found.append((f"{case.name}, PostgreSQL", real))
            bare = await compare(case, schema, lambda ready=ready: ready, rounds=15, count=40)  # type: ignore[misc]
            found.append((f"{case.name}, preloaded", bare))
    return found


def represented(ids: list[UUID]) -> list[dict[str, str]]:
    """Return what the gateway sends for these customers."""
    return [{"__typename": "Customer", "id": str(id)} for id in ids]


async def run(folder: Path) -> list[tuple[str, dict[str, float]]]:
    """Measure on a database of our own."""
    supervisor = Supervisor(folder)
    program, server = postgres_server.embedded(folder / "server", free_port(), "superuser", durable=False)
    await supervisor.start(program)
    try:
        url = await server.create_database("customer")
        await migrations.upgrade(url, customer)
        database = Database(url)
        try:
            return await measure(database)
        finally:
            await database.close()
    finally:
        await supervisor.stop()


def main() -> None:
    """Print the ratios; fail when compiling is not worth it."""
    with tempfile.TemporaryDirectory(prefix="roundel-bench-") as folder:
        found = asyncio.run(run(Path(folder)))
    sys.stdout.write(
        f"{'CPU of one execution':28}{'stock/compiled':>16}{'core/compiled':>16}{'compiled':>12}\n"
    )
    for name, spent in found:
        ratios = f"{spent['stock']:16.1f}{spent['core']:16.1f}"
        sys.stdout.write(f"{name:28}{ratios}{spent['compiled'] * 1e3:9.2f} ms\n")
    least = min(spent["core"] for name, spent in found if "preloaded" in name)
    if least < LEAST:
        sys.exit(f"Compiled is only {least:.1f} times faster than graphql-core; {LEAST} are wanted")


if __name__ == "__main__":
    main()
