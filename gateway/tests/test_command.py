"""`python -m gateway` as its operator meets it."""

import os
from pathlib import Path

import pytest

from gateway.__main__ import main


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment is about us."""
    for name in os.environ:
        if name.startswith("ROUNDEL_"):
            monkeypatch.delenv(name)


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
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    file = tmp_path / "supergraph.graphql"
    if text is not None:
        file.write_text(text)
    assert main(("serve", "--supergraph", str(file), "--port", "1", *arguments)) == 1
    assert told in capsys.readouterr().err
