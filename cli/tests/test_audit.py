"""`roundel audit verify` asks every service of an installation, here stand-ins."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roundel_cli.__main__ import main

pytestmark = pytest.mark.feature("F109")

STAND_IN = """
import sys
service, command = sys.argv[1:]
assert command == "audit-verify"
if service == "sales":
    sys.exit("sales: The entry 7 was changed")
print("3 entries are as they were written")
"""


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Two services, one of which finds its audit changed."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    services = {
        name: {"command": [sys.executable, str(tmp_path / "stand_in.py"), name]}
        for name in ("finance", "sales")
    }
    file = tmp_path / "installation.json"
    file.write_text(json.dumps({"services": services}))
    return file


def test_one_that_does_not_hold_fails_the_whole(installation: Path) -> None:
    done = CliRunner().invoke(main, ["audit", "verify", "--installation", str(installation)])
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "finance: 3 entries are as they were written",
        "sales: The entry 7 was changed",
    ]


def test_one_service_can_be_asked(installation: Path) -> None:
    chosen = ["audit", "verify", "--installation", str(installation), "--service", "finance"]
    assert CliRunner().invoke(main, chosen).exit_code == 0
    done = CliRunner().invoke(main, [*chosen, "--service", "nothing"])
    assert (done.exit_code, done.output.strip()) == (1, "The installation has no service nothing")
