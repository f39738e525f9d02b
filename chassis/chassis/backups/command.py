"""The commands by which a service is backed up and restored."""

from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.backups import databases, files
from chassis.backups.kept import READY, Service

Add = Callable[[str, Callable[[Service, Namespace], Awaitable[None]], str], Any]


def add_commands(add: Add) -> None:
    """Add `backup` and `restore`, of the database and of files, to a service's command line."""
    taking = add("backup", databases.take, "write the database to standard output")
    taking.add_argument("--name", default="", help="of the whole backup that this is a part of")
    taking.add_argument("--wait", action="store_true", help=f"say {READY!r}, and begin at a line of input")
    restoring = add("restore", databases.restore, "fill the empty database from standard input")
    restoring.add_argument("--name", help="refuse any other backup than this one")
    restoring.add_argument("--force", action="store_true", help="drop first what the database holds")
    add("backup-files", files.send, "write the files that standard input does not name to standard output")
    add("restore-files", files.take, "say which files the folder lacks, and take them from standard input")
