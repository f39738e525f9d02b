"""Composition: the services' schemas become the supergraph and the API's schema."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.supergraph.node import node_command

WAYS_OUT = {
    "INVALID_FIELD_SHARING": "mark the field @shareable in every service that resolves it, or rename one",
    "FIELD_TYPE_MISMATCH": "give the field the same type in every service, or rename one",
    "FIELD_ARGUMENT_TYPE_MISMATCH": "give the argument the same type in every service",
    "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH": "declare it in every service, or make it optional",
    "SATISFIABILITY_ERROR": "give the type a @key that the service owning the field can resolve",
    "KEY_INVALID_FIELDS": "name only fields that the type has in that service in its @key",
    "TYPE_KIND_MISMATCH": "declare the type as the same kind in every service, or rename one",
    "ENUM_VALUE_MISMATCH": "declare the same values in every service, or rename one enum",
    "INVALID_GRAPHQL": "correct the service's schema, then print it again with `python -m <service> schema`",
    "SYNTAX_ERROR": "print the service's schema again with `python -m <service> schema`",
}
OTHERWISE = "correct the named type in the named service, print its schema again, then `make supergraph`"


class CompositionError(Exception):
    """The services' schemas do not fit together."""


@dataclass(frozen=True)
class Composition:
    """The supergraph for the gateway and the schema for its callers, both as SDL."""

    supergraph: str
    schema: str


def read_services(folder: Path) -> dict[str, str]:
    """Every service's schema by the name of its folder."""
    files = sorted(folder.glob("*/schema.graphql"))
    if not files:
        raise CompositionError(f"No {folder}/*/schema.graphql: print them with `make supergraph`.")
    return {file.parent.name: file.read_text() for file in files}


def compose(services: dict[str, str]) -> Composition:
    """Compose the schemas; a conflict raises CompositionError with service, type and the way out."""
    subgraphs = [{"name": name, "sdl": sdl, "url": default_url(name)} for name, sdl in services.items()]
    done = subprocess.run(
        node_command("compose.mjs"),
        input=json.dumps({"services": subgraphs}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        raise CompositionError(f"The composer stopped: {done.stderr.strip()}")
    answer = json.loads(done.stdout)
    if "errors" in answer:
        raise CompositionError(_explained(answer["errors"]))
    return Composition(answer["supergraph"].rstrip() + "\n", answer["schema"].rstrip() + "\n")


def default_url(service: str) -> str:
    """The address of a service where every service has its own host name."""
    return f"http://{service.replace('_', '-')}/graphql"


def write(composition: Composition, folder: Path) -> None:
    """Write supergraph.graphql and schema.graphql."""
    for file, text in _files(composition, folder):
        file.write_text(text)


def drifted(composition: Composition, folder: Path) -> list[Path]:
    """The files that are not what the services' schemas compose to."""
    return [f for f, text in _files(composition, folder) if not f.exists() or f.read_text() != text]


def _files(composition: Composition, folder: Path) -> Iterable[tuple[Path, str]]:
    yield folder / "supergraph.graphql", composition.supergraph
    yield folder / "schema.graphql", composition.schema


def _explained(errors: list[dict[str, str]]) -> str:
    lines = [f"- {e['message']}\n  {e['code']}: {WAYS_OUT.get(e['code'], OTHERWISE)}." for e in errors]
    return "\n".join(["The services' schemas do not compose:", *lines])
