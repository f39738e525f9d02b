"""The command line of a service: `python -m sales api | worker | all | migrate | schema | …`."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import uvloop
from alembic.util.exc import CommandError

from chassis import migrations, telemetry
from chassis.audit import command as audit
from chassis.backups import command as backups
from chassis.cleaning import sorting  # noqa: F401  its dictionary is dear to load: not within the first request
from chassis.database import Database
from chassis.edges.ending import in_one_sentence
from chassis.messaging import deadletters
from chassis.messaging.replay import replay
from chassis.secrets import rotation
from chassis.secrets.columns import opened
from chassis.service import Service, run
from chassis.settings import DatabaseSettings
from chassis.timers import failures

Command = Callable[[Service, argparse.Namespace], Awaitable[None]]


def main(make: Callable[[], Service]) -> None:
    """Do what the command line says; an expected failure ends in one sentence and status 1."""
    service = make()
    arguments = _parser(service.name).parse_args()
    try:
        with in_one_sentence(service.name):
            uvloop.run(arguments.command(service, arguments))
    except CommandError as error:
        sys.exit(f"{service.name}: {error}")


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    commands = top = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(word: str, command: Command, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(word, help=help, description=help)
        added.set_defaults(command=command)
        return added

    add("api", _api, "serve the graph, rpcs and health")
    add("worker", _worker, "publish and handle events, keep time")
    add("all", _all, "migrate, then API and worker in one process")
    add("schema", _schema, "print the SDL of this service's part of the graph")
    add("migrate", _migrate, "bring the database to the newest revision")
    add("check-migrations", _check, "fail when the models need a migration that is not there")
    revision = add("revision", _revision, "write the migration that the models need")
    revision.add_argument("message", help='what it does, for example "add the lead score"')
    again = add("replay", _replay, "publish again the events kept since a time")
    again.add_argument("--since", type=_instant, required=True, help="ISO 8601, UTC unless it says otherwise")

    backups.add_commands(add)
    audit.add_commands(add)
    rotation.add_commands(add)

    letters = commands.add_parser("deadletters", help="decide about events that could not be handled")
    commands = letters.add_subparsers(required=True, metavar="COMMAND")
    add("list", _list_letters, "show those that wait for a decision")
    add("retry", _retry_letter, "handle one now").add_argument("id", type=UUID)
    discard = add("discard", _discard_letter, "never handle one")
    discard.add_argument("id", type=UUID)
    discard.add_argument("--reason", required=True)

    timers = top.add_parser("timers", help="decide about timers whose handlers failed")
    commands = timers.add_subparsers(required=True, metavar="COMMAND")
    add("list", _list_timers, "show those that wait for a decision")
    add("retry", _retry_timer, "let a worker fire one now").add_argument("id", type=UUID)
    return parser


async def _api(service: Service, _: argparse.Namespace) -> None:
    await _serve(service, api=True, worker=False)


async def _worker(service: Service, _: argparse.Namespace) -> None:
    await _serve(service, api=False, worker=True)


async def _all(service: Service, arguments: argparse.Namespace) -> None:
    await _migrate(service, arguments)
    await _serve(service, api=True, worker=True)


async def _serve(service: Service, *, api: bool, worker: bool) -> None:
    settings = service.settings()
    telemetry.write_logs(settings.environment)
    await run(service, settings, api=api, worker=worker)


async def _schema(service: Service, _: argparse.Namespace) -> None:
    sys.stdout.write(service.schema().as_str().rstrip() + "\n")


async def _migrate(service: Service, _: argparse.Namespace) -> None:
    settings = DatabaseSettings()  # type: ignore[call-arg]
    await migrations.upgrade(settings.database_url.get_secret_value(), service.package)
    await rotation.encrypt_plain(settings, service.metadata)


async def _check(service: Service, _: argparse.Namespace) -> None:
    await migrations.check(_url(), service.package, service.metadata)


async def _revision(service: Service, arguments: argparse.Namespace) -> None:
    written = await migrations.revision(_url(), service.package, service.metadata, arguments.message)
    sys.stdout.write(f"{written}\n" if written else "The models need no migration\n")


async def _replay(_: Service, arguments: argparse.Namespace) -> None:
    count = await replay(Database(_url()), arguments.since)
    sys.stdout.write(f"{count} events will be published again\n")


async def _list_letters(_: Service, __: argparse.Namespace) -> None:
    for letter in await deadletters.unresolved(Database(_url())):
        sys.stdout.write(f"{letter.id} {letter.failed_at.isoformat()} {letter.type}: {letter.error}\n")


async def _retry_letter(service: Service, arguments: argparse.Namespace) -> None:
    settings = DatabaseSettings()  # type: ignore[call-arg]
    database = Database(settings.database_url.get_secret_value())
    await opened(database, settings.master_keys, service.metadata)
    await deadletters.retry(database, service.name, service.handlers, arguments.id)


async def _discard_letter(_: Service, arguments: argparse.Namespace) -> None:
    await deadletters.discard(Database(_url()), arguments.id, arguments.reason)


async def _list_timers(_: Service, __: argparse.Namespace) -> None:
    for timer in await failures.failed(Database(_url())):
        sys.stdout.write(f"{timer.id} {timer.due_at.isoformat()} {timer.kind}: {timer.error}\n")


async def _retry_timer(_: Service, arguments: argparse.Namespace) -> None:
    await failures.retry(Database(_url()), arguments.id)


def _url() -> str:
    return DatabaseSettings().database_url.get_secret_value()  # type: ignore[call-arg]


def _instant(written: str) -> datetime:
    instant = datetime.fromisoformat(written)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
