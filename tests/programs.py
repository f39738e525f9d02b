"""Python programs that tests run: forked from one process that has imported what they share."""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from deploy.local.program import Program
from deploy.local.warm import Started, Warm

_WARM = Warm("chassis.main", "gateway.__main__")


@dataclass(frozen=True)
class Running:
    """A program and what it says."""

    process: Started
    _out: IO[bytes]
    _errors: IO[bytes]

    async def ended(self) -> tuple[int, bytes, str]:
        """Wait until it has ended; return its status, its output and its errors."""
        status = await self.process.wait()
        with self._out, self._errors:
            self._out.seek(0)
            self._errors.seek(0)
            return status, self._out.read(), self._errors.read().decode()

    async def kill(self) -> None:
        """End it, if it has not ended yet."""
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()


async def start(*words: str, environment: Mapping[str, str], given: bytes = b"") -> Running:
    """Start `python -m …` with what is given as its input."""
    out, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  closed at its end
    with tempfile.TemporaryFile() as source:
        source.write(given)
        source.seek(0)
        program = Program(words[0], (sys.executable, "-m", *words), _always, environment)
        streams = (source.fileno(), out.fileno(), errors.fileno())
        return Running(await _WARM.start(program, streams), out, errors)


async def run(*words: str, environment: Mapping[str, str], given: bytes = b"") -> tuple[int, bytes, str]:
    """Run `python -m …` to its end; return its status, its output and its errors."""
    return await (await start(*words, environment=environment, given=given)).ended()


async def stop() -> None:
    """End the process that forks, when the tests are over."""
    await _WARM.stop()


async def _always() -> bool:
    return True
