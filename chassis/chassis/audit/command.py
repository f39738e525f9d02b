"""`python -m <service> audit-verify`: the operator's proof."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from chassis.audit.sealing import Head
from chassis.audit.verification import verify
from chassis.database import Database
from chassis.settings import DatabaseSettings


def add_commands(add: Callable[..., ArgumentParser]) -> None:
    """Add the command to those of a service."""
    proof = add("audit-verify", _verify, "prove that the audit is what was written")
    proof.add_argument("--after", type=int, default=0, help="position up to which entries were archived")
    proof.add_argument("--head", type=Head.parse, help="a head noted earlier, part of the chain ever since")


async def _verify(_: object, arguments: Namespace) -> None:
    url = DatabaseSettings().database_url.get_secret_value()  # type: ignore[call-arg]
    head = await verify(Database(url), after=arguments.after, expected=arguments.head)
    sys.stdout.write(f"{head.position} entries are as they were written; the chain's head is {head}\n")
