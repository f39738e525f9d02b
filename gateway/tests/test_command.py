"""`python -m gateway` as its operator meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def gateway(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing in its environment that is about us."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDEL_")}
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        (None, (), "make supergraph"),
        ("{", ("--open",), "not GraphQL"),
        ("type Query { a: Int }", ("--open",), "names no subgraphs"),
        (
            'enum join__Graph { A @join__graph(name: "a", url: "") } type Query { a: Int }',
            (),
            "ROUNDEL_ISSUER",
        ),
    ],
)
def test_what_it_cannot_serve_it_refuses_in_one_line(
    tmp_path: Path, text: str | None, arguments: tuple[str, ...], told: str
) -> None:
    file = tmp_path / "supergraph.graphql"
    if text is not None:
        file.write_text(text)
    done = gateway("serve", "--supergraph", str(file), "--port", "1", *arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
