"""No secret gets into the audit, and nothing changes a record behind its back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Mapper

from chassis.database import Aggregate, Conventions
from tests.access.api import aggregates

pytestmark = pytest.mark.feature("F109")

ROOT = Path(__file__).parents[2]
_SECRET = re.compile(r"secret|token|password|hash|cipher")
_STATEMENTS = ("insert", "update", "delete")


AGGREGATES = list(aggregates())


def _parts() -> Iterator[type[Conventions]]:
    for base in Conventions.__subclasses__():
        yield from (kind for kind in base.__subclasses__() if hasattr(kind, "part_of"))


@pytest.mark.parametrize("kind", AGGREGATES, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_secret_is_recorded(kind: type[Aggregate]) -> None:
    mapper: Mapper[Aggregate] = kind.__mapper__  # type: ignore[attr-defined]
    kept = [
        column.key
        for column in mapper.columns
        if _SECRET.search(column.key) and not column.info.get("secret")
    ]
    assert not kept, f'Give these columns info={{"secret": True}}: {kept}'


def test_what_bypasses_the_session_is_recorded() -> None:
    names = {kind.__name__ for kind in (*AGGREGATES, *_parts())}
    findings = [
        f"{path.relative_to(ROOT)}:{line}: use the session, or record it by chassis.audit.recording"
        for path in sorted((ROOT / "services").rglob("*.py"))
        if not {"tests", "migrations"} & set(path.parts)
        for line in unrecorded(ast.parse(path.read_text()), names)
    ]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("update(Lead).where(True)", True),
        ("TABLE: Table = Lead.__table__\ndef f(): insert(TABLE)", True),
        ("insert(Lead.__table__)", True),
        ("def f():\n    insert(Lead)\n    recording.created(session, rows)", False),
        ("insert(Known)", False),
    ],
)
def test_the_rule_finds_what_it_forbids(code: str, refused: bool) -> None:
    assert bool(list(unrecorded(ast.parse(code), {"Lead"}))) is refused


def unrecorded(tree: ast.Module, aggregates: set[str]) -> Iterator[int]:
    """Find statements on an aggregate's table outside of functions that record what they did."""
    names = aggregates | {
        ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and _table_of(node.value) in aggregates
    }
    recording = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and "recording." in ast.unparse(function)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in recording or not node.args:
            continue
        if ast.unparse(node.func).rpartition(".")[2] in _STATEMENTS:
            target = _table_of(node.args[0]) or ast.unparse(node.args[0])
            if target in names:
                yield node.lineno


def _table_of(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr == "__table__":
        return ast.unparse(node.value)
    return None
