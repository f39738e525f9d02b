"""`python -m gateway compose | serve`."""

import argparse
import logging
import sys
from pathlib import Path

from chassis import telemetry
from gateway.serving.server import Server
from gateway.serving.shell import NotConfigured, application
from gateway.settings import Settings
from gateway.supergraph import compose
from gateway.supergraph.node import NodeMissing
from gateway.supergraph.reading import UnfitSupergraph

HOME = Path(__file__).parents[1]


def main() -> int:
    """Run one of the gateway's commands and return its exit status."""
    arguments = _parser().parse_args()
    try:
        if arguments.command == "compose":
            return _compose(arguments.check)
        return _serve(arguments.supergraph, arguments.port, arguments.open)
    except (compose.CompositionError, NodeMissing, NotConfigured, UnfitSupergraph) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    composing = commands.add_parser("compose", help="compose the services' schemas")
    composing.add_argument("--check", action="store_true", help="compare with the committed files instead")
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


def _serve(supergraph: Path, port: int | None, open_to_all: bool) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if not supergraph.is_file():
        sys.stderr.write(f"There is no {supergraph}; make it with `make supergraph`.\n")
        return 1
    settings = Settings()
    telemetry.start("gateway", settings)
    try:
        app = application(supergraph, settings, open_to_all=open_to_all)
        Server(app, host=settings.host, port=port or settings.http_port).run()
    finally:
        telemetry.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
