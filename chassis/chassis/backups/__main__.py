"""`python -m chassis.backups sales backup`: as `python -m sales backup`, in a third of the time.

Nine services are backed up and restored at once, and what takes longest is to load their code. Other
commands of the service are passed on to it.
"""

import argparse
import asyncio
import importlib
import runpy
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType

from chassis.backups.command import add_commands
from chassis.backups.kept import Service
from chassis.edges.ending import in_one_sentence

Command = Callable[[Service, argparse.Namespace], Awaitable[None]]


@dataclass(frozen=True)
class _Named:
    name: str
    package: ModuleType


def main() -> None:
    """Do what the command line says of the service that it names first."""
    name, *words = sys.argv[1:] or ["--help"]
    parser = argparse.ArgumentParser(prog=f"python -m chassis.backups {name}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(word: str, command: Command, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(word, help=help, description=help)
        added.set_defaults(command=command)
        return added

    add_commands(add)
    if words and words[0] not in commands.choices:
        sys.argv = [name, *words]
        runpy.run_module(name, run_name="__main__")
    else:
        arguments = parser.parse_args(words)
        with in_one_sentence(name):
            asyncio.run(arguments.command(_Named(name, importlib.import_module(name)), arguments))


main()
