"""Programs that are forked from one process, as the supervisor runs them."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.testing import eventually
from deploy.local.program import Program
from deploy.local.supervisor import StartFailed, Supervisor
from deploy.local.warm import Warm

_TELLS = """
import json, os, pathlib, signal, sys, uuid_utils
if __name__ == "__main__":
    warm = "chassis.database" in sys.modules
    told = [sys.argv[1:], os.environ.get("COLOUR"), os.getcwd(), str(uuid_utils.uuid7()), warm, os.getppid()]
    print("tells", flush=True)
    pathlib.Path(os.environ["TOLD"]).write_text(json.dumps(told))
    if os.environ.get("COLOUR") == "none":
        sys.exit("no such colour")
    signal.pause()
"""


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    (tmp_path / "tells.py").write_text(_TELLS)
    supervisor = Supervisor(tmp_path, Warm("chassis.database"))
    yield supervisor
    await supervisor.stop()


def tells(folder: Path, name: str, colour: str) -> Program:
    file = folder / f"{name}.json"

    async def is_ready() -> bool:
        return file.exists() and bool(file.read_text())

    argv = (sys.executable, "-m", "tells", name)
    return Program(
        name,
        argv,
        ready=is_ready,
        environment={"COLOUR": colour, "TOLD": str(file)},
        folder=folder,
        warm=True,
    )


async def test_each_program_has_its_own_words_environment_folder_log_and_ids(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    await supervisor.start(tells(tmp_path, "one", "red"), tells(tmp_path, "two", "blue"))
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert one[:3] == [["one"], "red", str(tmp_path)]
    assert two[:3] == [["two"], "blue", str(tmp_path)]
    assert one[3] != two[3]
    assert (one[4], two[4]) == (True, True)
    assert (tmp_path / "logs/one.log").read_text() == "tells\n"
    assert os.getpgid(supervisor.pid("one")) == supervisor.pid("one")


async def test_what_ends_is_started_again_also_when_the_process_that_forks_is_killed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    async def again(victim: int) -> None:
        before = supervisor.pid("one")
        (tmp_path / "one.json").unlink()
        os.kill(victim, signal.SIGKILL)

        async def replaced() -> bool:
            return (tmp_path / "one.json").exists() and supervisor.pid("one") != before

        await eventually(replaced, timeout=20)

    await supervisor.start(tells(tmp_path, "one", "red"))
    await again(supervisor.pid("one"))
    await again(json.loads((tmp_path / "one.json").read_text())[5])


async def test_one_that_ends_at_once_is_told_of_however_late_the_answer_is_heard(tmp_path: Path) -> None:
    (tmp_path / "tells.py").write_text("print('here', flush=True); raise SystemExit(3)")
    warm, log = Warm(), tmp_path / "one.log"
    with log.open("w") as output, Path(os.devnull).open() as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        starting = asyncio.create_task(warm.start(tells(tmp_path, "one", "red"), streams))
        await eventually(log.read_text, timeout=20)
        time.sleep(0.3)  # noqa: ASYNC251  both messages lie there before the loop looks again
        assert await (await starting).wait() == 3
    await warm.stop()


async def test_one_that_cannot_start_is_explained_by_the_end_of_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    async def never() -> bool:
        return False

    broken = replace(tells(tmp_path, "broken", "none"), ready=never)
    with pytest.raises(StartFailed, match=r"broken did not become ready(.|\n)*no such colour"):
        await supervisor.start(broken)
