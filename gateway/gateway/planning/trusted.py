"""Trusted documents: known by the hash of their text, planned when the image is built."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from gateway.metrics import PLANS
from gateway.planning.planner import Plan, PlannerUnavailable, Plans

WAY_OUT = "write it again with `python -m gateway trust` and deploy both files together"


class UnfitManifest(Exception):
    """The manifest cannot be used with this supergraph."""


class Document(BaseModel, frozen=True):
    """A trusted text, where it stood, and the names of its operations; null is one without a name."""

    file: str
    operations: list[str | None]
    text: str


class Manifest(BaseModel, frozen=True):
    """Documents by their id, and plans by the id of what the planner is asked for."""

    version: Literal[1] = 1
    supergraph: str
    documents: dict[str, Document]
    plans: dict[str, dict[str, Any]]


class PlannedAhead:
    """Plans out of a manifest; what it lacks is planned by another, where there is one."""

    def __init__(self, plans: Mapping[str, Plan], otherwise: Plans | None) -> None:
        self._plans = plans
        self._otherwise = otherwise

    async def plan(self, document: str) -> Plan:
        """Return the plan of the document's one operation."""
        found = self._plans.get(document_id(document))
        if found is not None:
            PLANS.labels("trusted").inc()
            return found
        if self._otherwise is None:
            raise PlannerUnavailable(f"Its plan is not in the manifest; {WAY_OUT}.")
        return await self._otherwise.plan(document)


def document_id(text: str) -> str:
    """The name of a text in a manifest and in requests."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def read_manifest(content: bytes, supergraph: str) -> Manifest:
    """Read the manifest that was written for this supergraph."""
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "it is not JSON"
        raise UnfitManifest(
            f"The file of trusted documents is no manifest of them ({place}); {WAY_OUT}."
        ) from None
    if manifest.supergraph != document_id(supergraph):
        raise UnfitManifest(f"The trusted documents were planned for another supergraph; {WAY_OUT}.")
    for id, document in manifest.documents.items():
        if id != document_id(document.text):
            raise UnfitManifest(f"{id} is not the hash of the text of {document.file}; {WAY_OUT}.")
    return manifest
