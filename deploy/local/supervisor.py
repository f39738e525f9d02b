"""Keeps programs running: readiness, logs, restart after a crash, an orderly end."""

import asyncio
import contextlib
import functools
import logging
import math
import os
import signal
import time
from asyncio.subprocess import Process
from pathlib import Path
from typing import IO

from deploy.local.program import Program, die_with
from deploy.local.warm import Started, Warm

log = logging.getLogger(__name__)

START_LIMIT = 90.0
STOP_LIMIT = 20.0
_CRASHES_AT_START = 3
_SETTLED = 10.0


class StartFailed(Exception):
    """A program did not become ready; the message carries the end of its log."""


class Supervisor:
    """Runs programs in stages; the last stage started is the first to be stopped."""

    def __init__(self, folder: Path, warm: Warm | None = None) -> None:
        self._warm = warm
        self._logs = folder / "logs"
        self._pids = folder / "run"
        self._stages: list[list[_Kept]] = []
        for made in (self._logs, self._pids):
            made.mkdir(parents=True, exist_ok=True)

    async def start(self, *programs: Program) -> None:
        """Starts the programs side by side and returns when all are ready."""
        stage = [_Kept(program, self._logs, self._pids, self._warm) for program in programs]
        self._stages.append(stage)
        starting = [asyncio.create_task(kept.start()) for kept in stage]
        try:
            await asyncio.gather(*starting)
        finally:
            for task in starting:
                task.cancel()

    async def stop(self) -> None:
        """Stops everything, the last stage first."""
        while self._stages:
            await asyncio.gather(*(kept.stop() for kept in self._stages.pop()))
        if self._warm:
            await self._warm.stop()

    async def stop_one(self, name: str) -> None:
        """Stops one program and leaves it stopped."""
        await self._kept(name).stop()

    async def start_one(self, name: str) -> None:
        """Starts a program stopped before, or restarts a running one, and returns when it is ready."""
        await self._kept(name).stop()
        await self._kept(name).start()

    def kill(self, name: str) -> None:
        """Ends a program as a crash would; it is restarted."""
        os.killpg(self.pid(name), signal.SIGKILL)

    def pid(self, name: str) -> int:
        """The process id of a running program."""
        return self._kept(name).pid

    async def ready(self, name: str) -> None:
        """Returns when the program is ready, for example after a crash."""
        await self._kept(name).ready()

    def _kept(self, name: str) -> "_Kept":
        for kept in (kept for stage in self._stages for kept in stage):
            if kept.program.name == name:
                return kept
        raise KeyError(f"No program named {name} was started.")


class _Kept:
    """One program being kept running."""

    def __init__(self, program: Program, logs: Path, pids: Path, warm: Warm | None) -> None:
        self.program = program
        self._warm = warm if program.warm else None
        self._log = logs / f"{program.name}.log"
        self._pid_file = pids / f"{program.name}.pid"
        self._process: Process | Started | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._crashes = 0

    @property
    def pid(self) -> int:
        if self._process is None or self._process.returncode is not None:
            raise ProcessLookupError(f"{self.program.name} is not running.")
        return self._process.pid

    async def start(self) -> None:
        began = time.monotonic()
        self._crashes = 0
        self._keeper = asyncio.create_task(self._keep())
        await self.ready(crashes=_CRASHES_AT_START)
        log.info("%s ready after %.1f s", self.program.name, time.monotonic() - began)

    async def ready(self, crashes: float = math.inf) -> None:
        deadline = time.monotonic() + START_LIMIT
        while not (self._is_running() and await self.program.ready()):
            if self._crashes >= crashes or time.monotonic() > deadline:
                raise StartFailed(self._explain())
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_LIMIT)
        except TimeoutError:
            log.warning("%s did not stop within %.0f s and is killed", self.program.name, STOP_LIMIT)
        self._end_group()
        await self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    async def _keep(self) -> None:
        while True:
            began = time.monotonic()
            try:
                self._process = await self._spawn()
            except OSError as error:
                log.warning("%s cannot be started: %s", self.program.name, error)
                code = -1
            else:
                self._pid_file.write_text(str(self._process.pid))
                code = await self._process.wait()
                self._end_group()
            self._crashes = 1 if time.monotonic() - began > _SETTLED else self._crashes + 1
            pause = min(0.1 * 2**self._crashes, 5.0)
            log.warning("%s ended with %s; restart in %.1f s", self.program.name, code, pause)
            await asyncio.sleep(pause)

    async def _spawn(self) -> Process | Started:
        program = self.program
        await asyncio.to_thread(program.before)
        with self._log.open("ab") as output, _nothing() as nothing:
            if self._warm:
                streams = (nothing.fileno(), output.fileno(), output.fileno())
                return await self._warm.start(program, streams)
            return await asyncio.create_subprocess_exec(
                *program.argv,
                cwd=program.folder,
                env={**os.environ, **program.environment},
                stdin=nothing,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=program.user,
                preexec_fn=functools.partial(die_with, os.getpid()),
            )

    def _is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _end_group(self) -> None:
        """Ends what the program itself started and left behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _explain(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        tail = "\n".join(lines[-15:])
        return f"{self.program.name} did not become ready. The end of {self._log}:\n{tail}"


def _nothing() -> IO[bytes]:
    return Path(os.devnull).open("rb")
