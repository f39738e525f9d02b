"""A file brought in through a service's edge and graph, for tests of its importables."""

from typing import Any

from chassis.access import Principal
from chassis.database import Database
from chassis.edges import principals
from chassis.edges.testing import Edge
from chassis.importing.importable import Importable
from chassis.importing.worker import ImportWorker
from chassis.service import Runtime, Service
from chassis.testing import Graph, employee

SHOWN = """id state created updated skipped refused removed restored left error
  reasons { message count } leftRows { id reason }"""
COUNTS = ("created", "updated", "skipped", "refused", "removed", "restored", "left")


class Clerk:
    """Somebody who imports files: `await Clerk(service, runtime, LEADS).bring("company\\nAcme\\n")`."""

    def __init__(
        self,
        service: Service,
        runtime: Runtime,
        importable: Importable,
        *,
        by: Principal | None = None,
        known: principals.Known = principals.as_written,
    ) -> None:
        self._graph, self._edge = Graph(service, runtime), Edge(service, runtime)
        self._database: Database = runtime.database
        self._importable = importable
        self._by = by or employee()
        self._known = known

    async def bring(self, text: str, **input: Any) -> dict[str, Any]:
        """Import a file by the suggested mapping; return what became of it."""
        reply = await self._edge.post("/imports?name=file.csv", text.encode(), by=self._by)
        assert reply.status == 201, reply.body
        given = {"fileId": reply.json()["fileId"], **input}
        return await self._do(f"start{self._importable.name}Import", "StartImportInput", given)

    async def undo(self, id: str) -> dict[str, Any]:
        """Take an import back; return what became of it."""
        return await self._do(f"undo{self._importable.name}Import", "FileImportInput", {"id": id})

    async def _do(self, field: str, kind: str, input: dict[str, Any]) -> dict[str, Any]:
        query = f"mutation($input: {kind}!) {{ {field}(input: $input) {{ import {{ id }} }} }}"
        answer = await self._graph(query, {"input": input}, by=self._by)
        assert not answer.errors, answer.errors
        id = answer.data[field]["import"]["id"]
        await ImportWorker(self._database, [self._importable], known=self._known).work()
        name = self._importable.name
        seen = f"query($id: ID!) {{ found: {name[0].lower()}{name[1:]}Import(id: $id) {{ {SHOWN} }} }}"
        found: dict[str, Any] = (await self._graph(seen, {"id": id}, by=self._by)).data["found"]
        return found


def counts(done: dict[str, Any]) -> dict[str, int]:
    """Return what of an import's counts is not zero."""
    return {name: done[name] for name in COUNTS if done[name]}
