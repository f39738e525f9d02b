"""Planning ahead: a folder of documents becomes a manifest, and a manifest is made ready to serve."""

import asyncio
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from graphql import GraphQLError, OperationDefinitionNode

from gateway.errors import Refused
from gateway.planning.limits import Limits, parsed
from gateway.planning.operation import Operations, invalid
from gateway.planning.planner import Plan, Planner, Plans
from gateway.planning.trusted import WAY_OUT, Document, Manifest, UnfitManifest, document_id
from gateway.supergraph.reading import read_supergraph

MOST_DECIDING = 5


class UnfitDocuments(Exception):
    """Some documents cannot be trusted; the message has a line for each."""


class _Recorded:
    """Plans as another gives them, noted by what was asked."""

    def __init__(self, plans: Plans) -> None:
        self.plans: dict[str, Plan] = {}
        self._plans = plans

    async def plan(self, document: str) -> Plan:
        plan = self.plans[document_id(document)] = await self._plans.plan(document)
        return plan


async def manifest_of(folder: Path, supergraph: str) -> Manifest:
    """Validate and plan every operation of the folder's `*.graphql` files, in all the ways it can run."""
    planner = Planner(supergraph)
    await planner.start()
    try:
        recorded = _Recorded(planner)
        documents = await _documents(folder, _operations(supergraph, recorded))
    finally:
        await planner.stop()
    plans = dict(sorted(recorded.plans.items()))
    return Manifest(supergraph=document_id(supergraph), documents=documents, plans=plans)


def as_text(manifest: Manifest) -> str:
    """The manifest as it is committed."""
    return manifest.model_dump_json(indent=2) + "\n"


async def make_ready(manifest: Manifest, operations: Operations) -> None:
    """Prepare every trusted operation, so that its first request is as quick as the others."""
    for id, document in manifest.documents.items():
        try:
            await _plan_all(operations, document)
        except Refused as error:
            raise UnfitManifest(f"{document.file} ({id}) cannot be served: {error}; {WAY_OUT}.") from None
        await asyncio.sleep(0)  # a reload prepares them while requests are answered


def _operations(supergraph: str, plans: Plans) -> Operations:
    read = read_supergraph(supergraph)
    return Operations(schema=read.schema, supergraph=read, planner=plans, limits=Limits(), secretive=False)


async def _documents(folder: Path, operations: Operations) -> dict[str, Document]:
    found: dict[str, Document] = {}
    unfit: list[str] = []
    for file in _files(folder):
        name = file.relative_to(folder).as_posix()
        try:
            document = _read(file, name)
            await _plan_all(operations, document)
            found.setdefault(document_id(document.text), document)
        except (GraphQLError, Refused, UnfitDocuments, UnicodeDecodeError) as error:
            unfit.extend(f"{name}: {reason}" for reason in _reasons(error))
    if unfit:
        raise UnfitDocuments("\n".join(unfit))
    return found


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.rglob("*.graphql"))
    if not files:
        raise UnfitDocuments(f"No *.graphql file is below {folder}; name the folder of the documents.")
    return files


def _read(file: Path, name: str) -> Document:
    text = file.read_bytes().decode()  # not read_text: the hash is that of the bytes
    definitions = parsed(text, Limits()).definitions
    names = [d.name.value if d.name else None for d in definitions if isinstance(d, OperationDefinitionNode)]
    if not names:
        raise UnfitDocuments("It has no operation; write fragments into the files that use them.")
    return Document(file=name, operations=names, text=text)


async def _plan_all(operations: Operations, document: Document) -> None:
    for name in document.operations:
        operation = operations.prepare(document.text, name).operation
        deciding = operation.deciding
        if len(deciding) > MOST_DECIDING:
            raise UnfitDocuments(
                f"{name or 'The operation'} has {len(deciding)} variables in @skip and @include "
                f"({', '.join(deciding)}), too many to plan each way; split it until {MOST_DECIDING} remain."
            )
        for values in product((False, True), repeat=len(deciding)):
            await operations.planned(operation, dict(zip(deciding, values, strict=True)))


def _reasons(error: Exception) -> Iterable[str]:
    if isinstance(error, GraphQLError):
        error = Refused(invalid(error))
    if isinstance(error, Refused):
        return [f"{p['message']}{_place(p.get('locations'))}" for p in error.problems]
    return [str(error)]


def _place(locations: list[dict[str, int]] | None) -> str:
    return f" (line {locations[0]['line']}, column {locations[0]['column']})" if locations else ""
