"""What an installation consists of, and how each of its services is commanded."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

READY = b"ready\n"


class BackupError(Exception):
    """Why a backup could not be taken, checked or restored."""


@dataclass(frozen=True)
class Place:
    """A service's own command, with the environment it needs besides ours."""

    service: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    async def run(self, *words: str) -> "Running":
        """Start one of its commands, its input and output in our hands."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.command,
            *words,
            env={**os.environ, **self.environment},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        return Running(self.service, process)


class Running:
    """A command of a service's that runs."""

    def __init__(self, service: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.service = service
        self.input, self.output = process.stdin, process.stdout
        self._process = process
        self._said = asyncio.create_task(process.stderr.read())

    async def until_ready(self) -> None:
        """Return when it has checked what it can; raises BackupError with its words when it refuses."""
        async for line in self.words():
            raise BackupError(f"{self.service} said {line!r} and not that it is ready")

    async def words(self) -> AsyncIterator[str]:
        """Yield the lines that it says until it is ready; raises BackupError when it ends before."""
        while (line := await self.output.readline()) != READY:
            if not line:
                await self.ended()
                raise BackupError(f"{self.service} ended before it was ready")
            yield line.decode().strip()

    async def feed(self, pieces: AsyncIterator[bytes]) -> None:
        """Give it its whole input and return when it has done its work; raises as `ended` does."""
        try:
            async for piece in pieces:
                self.input.write(piece)
                await self.input.drain()
            self.input.close()
        except ConnectionError:
            pass  # it ended, and tells why
        await self.ended()

    async def ended(self) -> None:
        """Return when it has done its work; raises BackupError with its last words when it failed."""
        code = await self._process.wait()
        said = (await self._said).decode(errors="replace").strip()
        if code:
            raise BackupError("\n".join(said.splitlines()[-3:]) or f"{self.service} ended with {code}")

    async def stop(self) -> None:
        """End it, whatever it does."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._said


def read(file: Path) -> Sequence[Place]:
    """Read the file that describes an installation; raises BackupError naming what is wrong in it."""
    try:
        services = yaml.safe_load(file.read_text())["services"]
        return [_place(name, given or {}) for name, given in sorted(services.items())]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(
            f"{file} describes no installation ({error}); see docs/backup.md for its form"
        ) from error


def _place(name: str, given: dict[str, Any]) -> Place:
    environment = {key: str(value) for key, value in given.get("environment", {}).items()}
    return Place(name, tuple(given.get("command", ("python", "-m", name))), environment)
