"""`python -m gateway compose | changes | trust | serve`."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from chassis import telemetry
from gateway.planning import trust
from gateway.planning.trusted import UnfitManifest
from gateway.serving.server import Server
from gateway.serving.shell import NotConfigured, application
from gateway.settings import Settings
from gateway.supergraph import changes, compose
from gateway.supergraph.node import NodeMissing
from gateway.supergraph.reading import UnfitSupergraph, supergraph_text

HOME = Path(__file__).parents[1]
CHANGELOG = HOME.parent / "docs" / "graphql" / "CHANGELOG.md"
UNFIT = (
    compose.CompositionError,
    trust.UnfitDocuments,
    NodeMissing,
    NotConfigured,
    UnfitManifest,
    UnfitSupergraph,
)


def main(words: Sequence[str] | None = None) -> int:
    """Run one of the gateway's commands, by default the command line's, and return its exit status."""
    arguments = _parser().parse_args(words)
    try:
        if arguments.command == "compose":
            return _compose(arguments.check)
        if arguments.command == "trust":
            return _trust(arguments)
        if arguments.command == "changes":
            return _changes(arguments.against, arguments.write)
        return _serve(arguments.supergraph, arguments.port, arguments.open)
    except UNFIT as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    composing = commands.add_parser("compose", help="compose the services' schemas")
    composing.add_argument("--check", action="store_true", help="compare with the committed files instead")
    trusting = commands.add_parser("trust", help="plan a folder of documents ahead")
    trusting.add_argument("--documents", type=Path, required=True, help="the folder of the *.graphql files")
    trusting.add_argument("--supergraph", type=Path, default=HOME / "supergraph.graphql")
    trusting.add_argument("--manifest", type=Path, default=HOME / "trusted.json", help="the file to write")
    trusting.add_argument("--check", action="store_true", help="compare with the written manifest instead")
    changing = commands.add_parser("changes", help="tell what a changed schema does to its callers")
    changing.add_argument("--against", default="main", help="the branch to compare with")
    changing.add_argument("--write", action="store_true", help="note the changes in the changelog")
    serving = commands.add_parser("serve", help="serve a supergraph")
    serving.add_argument("--supergraph", type=Path, default=HOME / "supergraph.graphql")
    serving.add_argument("--port", type=int, help="instead of ROUNDEL_HTTP_PORT")
    serving.add_argument(
        "--open", action="store_true", help="admit everybody; for development and audits only"
    )
    return parser


def _compose(check: bool) -> int:
    composition = compose.compose(compose.read_services(HOME.parent / "services"))
    if not check:
        compose.write(composition, HOME)
        return 0
    drifted = compose.drifted(composition, HOME)
    for file in drifted:
        sys.stderr.write(f"{file} is not what the services compose to; run `make supergraph`.\n")
    return 1 if drifted else 0


def _trust(arguments: argparse.Namespace) -> int:
    supergraph = supergraph_text(arguments.supergraph)
    text = trust.as_text(asyncio.run(trust.manifest_of(arguments.documents, supergraph)))
    file: Path = arguments.manifest
    if not arguments.check:
        file.write_text(text)
    elif not file.is_file() or file.read_text() != text:
        sys.stderr.write(f"{file} is not what {arguments.documents} is planned to; run `make supergraph`.\n")
        return 1
    return 0


def _changes(branch: str, write: bool) -> int:
    schema, changelog = (HOME / "schema.graphql").read_text(), CHANGELOG.read_text()
    earlier = changes.earlier_schema(HOME.parent, schema, branch)
    if earlier is None:
        sys.stdout.write("The API's schema: history knows no other one to compare with.\n")
        return 0
    found = changes.changes(earlier.schema, schema)
    sys.stdout.write(f"The API's schema since commit {earlier.commit[:12]}: {len(found)} changes\n")
    sys.stdout.writelines(f"  {changes.kind(change)}: {change.description}\n" for change in found)
    if write:
        CHANGELOG.write_text(changes.noted(found, changelog, datetime.now(UTC).date()))
        return 0
    unexplained = changes.unexplained(found, changelog)
    for change in unexplained:
        sys.stderr.write(f"This breaks callers: {change.description}\n")
    if unexplained:
        sys.stderr.write(f"Undo it, or run `make changelog` and write the reason behind it in {CHANGELOG}.\n")
    return 1 if unexplained else 0


def _serve(supergraph: Path, port: int | None, open_to_all: bool) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    telemetry.start("gateway", settings)
    try:
        gateway = application(supergraph, settings, open_to_all=open_to_all)
        Server(gateway, settings, port=port).run()
    finally:
        telemetry.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
