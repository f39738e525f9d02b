"""The supervisor, with small real programs."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from deploy.local.program import Program, answers
from deploy.local.supervisor import StartFailed, Supervisor

_WEB = """
import http.server, signal, subprocess, sys, threading
name, port = sys.argv[1:3]
child = subprocess.Popen(["sleep", "20"])
print(f"{name} serves with child {child.pid}", flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
def stop(*_):
    print(f"{name} stops", flush=True)
    threading.Thread(target=server.shutdown).start()
signal.signal(signal.SIGTERM, stop)
server.serve_forever()
"""

_SUPERVISED = """
import asyncio, sys
from pathlib import Path
from deploy.local.tests.test_supervisor import web
from deploy.local.supervisor import Supervisor
async def main():
    await Supervisor(Path(sys.argv[1])).start(web("orphan", int(sys.argv[2])))
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def web(name: str, port: int) -> Program:
    async def is_ready() -> bool:
        return await answers(f"http://127.0.0.1:{port}/")

    return Program(name, (sys.executable, "-c", _WEB, name, str(port)), ready=is_ready)


async def _gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z (" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < deadline, f"{pid} still runs"
        await asyncio.sleep(0.02)


async def test_a_crashed_program_is_restarted_and_its_children_are_ended(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(web("desk", free_port()))
    first = supervisor.pid("desk")
    assert (tmp_path / "run/desk.pid").read_text() == str(first)
    child = int((tmp_path / "logs/desk.log").read_text().split()[-1])
    os.kill(first, signal.SIGKILL)
    await _gone(child)
    await supervisor.ready("desk")
    assert supervisor.pid("desk") != first
    await supervisor.stop()
    assert not list((tmp_path / "run").iterdir())


async def test_programs_stop_gracefully_and_in_reverse_order(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("first", "second"):  # one file for both shows the order
        (tmp_path / "logs" / f"{name}.log").symlink_to(tmp_path / "all.log")
    supervisor = Supervisor(tmp_path)
    ports = [free_port(), free_port()]
    await supervisor.start(web("first", ports[0]))
    await supervisor.start(web("second", ports[1]))
    await supervisor.stop()
    stops = [line for line in (tmp_path / "all.log").read_text().splitlines() if line.endswith("stops")]
    assert stops == ["second stops", "first stops"]


async def test_a_program_that_cannot_start_is_explained_by_the_end_of_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    broken = Program("broken", (sys.executable, "-c", "raise SystemExit('no such colour')"), ready=never)
    supervisor = Supervisor(tmp_path)
    with pytest.raises(StartFailed, match=r"broken did not become ready(.|\n)*no such colour"):
        await supervisor.start(broken)
    await supervisor.stop()


async def test_a_stopped_program_stays_stopped_until_it_is_started(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    await supervisor.start(web("desk", free_port()))
    await supervisor.stop_one("desk")
    with pytest.raises(ProcessLookupError):
        supervisor.pid("desk")
    await supervisor.start_one("desk")
    assert supervisor.pid("desk")
    await supervisor.stop()


async def test_programs_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SUPERVISED, str(tmp_path), str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as parent:
        assert parent.stdout is not None
        await asyncio.to_thread(parent.stdout.readline)
        child = int((tmp_path / "run/orphan.pid").read_text())
        parent.kill()
    await _gone(child)
