"""Starts Python programs out of a process that has imported what they share, in a third of the time."""

import asyncio
import contextlib
import gc
import importlib
import itertools
import json
import os
import runpy
import select
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import Program, die_with

_LONGEST = 1 << 20  # of a message; an environment is some kilobytes


class Started:
    """A program that was started; it answers as asyncio's Process does."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Returns how it ended, as soon as it has."""
        return await asyncio.shield(self._ended)

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal; raises ProcessLookupError when it has ended."""
        if self._ended.done():
            raise ProcessLookupError
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end; raises ProcessLookupError when it has ended."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it; raises ProcessLookupError when it has ended."""
        self.send_signal(signal.SIGKILL)

    def ended(self, code: int) -> None:
        """Notes how it ended."""
        if not self._ended.done():
            self._ended.set_result(code)


class Warm:
    """One process that imports modules once and becomes a program for each that is asked of it."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = asyncio.Lock()
        self._process: Process | None = None
        self._channel: socket.socket | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._orders = itertools.count()
        self._asked: dict[int, asyncio.Future[Started]] = {}
        self._running: dict[int, Started] = {}

    async def start(self, program: Program, streams: tuple[int, int, int]) -> Started:
        """Starts `python -m …` of the program's command line; the streams are its input, output and errors.

        Raises ChildProcessError or BrokenPipeError when the process that forks ends meanwhile; the next
        start begins a new one.
        """
        order = {
            "number": (number := next(self._orders)),
            "words": program.argv[2:],
            "environment": {**os.environ, **program.environment},
            "folder": str(program.folder.resolve()),
        }
        async with self._lock:
            channel = await self._open()
        answer: asyncio.Future[Started] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        socket.send_fds(channel, [json.dumps(order).encode()], streams)
        return await answer

    async def stop(self) -> None:
        """Ends the process; programs that still run are killed with it."""
        if self._process and self._hearing:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await self._hearing

    async def _open(self) -> socket.socket:
        if self._channel:
            return self._channel
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        parent = os.getpid()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__, str(theirs.fileno()), *self._modules),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
                preexec_fn=lambda: die_with(parent),
            )
        self._channel = ours
        self._hearing = asyncio.create_task(self._hear(ours))
        return ours

    async def _hear(self, channel: socket.socket) -> None:
        with contextlib.suppress(ConnectionError):
            while message := await asyncio.get_running_loop().sock_recv(channel, _LONGEST):
                self._note(*json.loads(message))
        self._channel = None
        channel.close()
        while self._running:  # they died with the process that forked them
            self._running.popitem()[1].ended(-signal.SIGKILL)
        for answer in filter(_waits, self._asked.values()):
            answer.set_exception(ChildProcessError("The process that forks has ended"))
        self._asked.clear()

    def _note(self, number: int, pid: int, code: int | None) -> None:
        if code is not None:
            self._running.pop(pid).ended(code)
            return
        started = self._running[pid] = Started(pid)
        answer = self._asked.pop(number)
        if _waits(answer):
            answer.set_result(started)
        else:
            started.send_signal(signal.SIGKILL)  # whoever asked for it has gone


def _waits(answer: asyncio.Future[Started]) -> bool:
    return not answer.done()


@dataclass(frozen=True)
class _Order:
    number: int
    words: list[str]
    environment: Mapping[str, str]
    folder: str


def serve(channel: socket.socket) -> _Order | None:
    """Forks for each order and tells how the forks end; returns in a fork, and None at the end.

    A fork has the order's streams as its own.
    """
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    here = os.getpid()
    while True:
        ready, _, _ = select.select([channel.fileno(), waking], [], [])
        if waking in ready:
            os.read(waking, 1024)
            _tell_the_ended(channel)
        if channel.fileno() in ready:
            message, streams, _, _ = socket.recv_fds(channel, _LONGEST, 3)
            if not message:
                return None
            order = _Order(**json.loads(message))
            if pid := os.fork():
                channel.send(json.dumps([order.number, pid, None]).encode())
                for handle in streams:
                    os.close(handle)
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with(here)
            for number, handle in enumerate(streams):
                os.dup2(handle, number)
            for handle in (waking, woken, *streams):
                os.close(handle)
            channel.close()
            return order


def _tell_the_ended(channel: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            channel.send(json.dumps([None, ended[0], os.waitstatus_to_exitcode(ended[1])]).encode())


def become(order: _Order) -> None:
    """Makes this process the program of the order, as a fresh Python would be, and runs it."""
    os.setsid()
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    inherited = filter(None, order.environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[0:1] = [order.folder, *inherited]
    sys.argv = list(order.words)
    runpy.run_module(order.words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    gc.disable()  # nothing that is imported is garbage
    for module in sys.argv[2:]:
        importlib.import_module(module)
    gc.freeze()  # what all share stays shared
    gc.enable()
    if asked := serve(socket.socket(fileno=int(sys.argv[1]))):
        become(asked)
