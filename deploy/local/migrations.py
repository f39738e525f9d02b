"""`make migrate`: writes the migration that a service's models need, against a PostgreSQL of its own."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local import postgres
from deploy.local.ports import free_port
from deploy.local.suite import ROOT, SERVICES
from deploy.local.supervisor import Supervisor


async def write(service: str, message: str) -> int:
    """Runs the service's own `revision` command on a scratch database."""
    with tempfile.TemporaryDirectory() as scratch:
        program, server = postgres.embedded(Path(scratch) / "postgres", free_port(), "scratch", durable=False)
        supervisor = Supervisor(Path(scratch))
        try:
            await supervisor.start(program)
            environment = {"ROUNDEL_DATABASE_URL": await server.create_database(service)}
            return await _revision(service, message, environment)
        finally:
            await supervisor.stop()


async def _revision(service: str, message: str, environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", service, "revision", message]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    return done.returncode


def main() -> int:
    """Checks the words and writes the migration."""
    if len(sys.argv) != 3 or sys.argv[1] not in SERVICES or not sys.argv[2]:
        sys.exit('Usage: make migrate SERVICE=sales MESSAGE="what changes"')
    return asyncio.run(write(sys.argv[1], sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
