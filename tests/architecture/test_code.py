"""Rules that the linters do not know; each message says what to do instead."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_OURS = (
    "chassis",
    "cli",
    "contracts/generate.py",
    "demo",
    "deploy",
    "gateway",
    "services",
    "tests",
    "conftest.py",
)
_LONGEST_FILE = 400
_MOST_STATEMENTS = 2000

Finding = tuple[int, str]
Rule = Callable[[Path, ast.Module], Iterator[Finding]]


def _files() -> Iterator[Path]:
    for name in _OURS:
        place = ROOT / name
        found = [place] if place.is_file() else sorted(place.rglob("*.py"))
        yield from (path for path in found if "node_modules" not in path.parts)


def _calls(tree: ast.AST, attribute: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == attribute
        ):
            yield node


def only_the_chassis_commits(path: Path, tree: ast.Module) -> Iterator[Finding]:
    if path != ROOT / "chassis/chassis/database.py":
        for call in _calls(tree, "commit"):
            yield call.lineno, "leave the commit to database.transaction()"


def times_are_aware(path: Path, tree: ast.Module) -> Iterator[Finding]:
    for call in _calls(tree, "now"):
        assert isinstance(call.func, ast.Attribute)
        if ast.unparse(call.func.value).endswith("datetime") and not (call.args or call.keywords):
            yield call.lineno, "write datetime.now(UTC)"
    for name in ("utcnow", "utcfromtimestamp"):
        for call in _calls(tree, name):
            yield call.lineno, "write datetime.now(UTC) or datetime.fromtimestamp(…, UTC)"


def settings_are_built_in_main(path: Path, tree: ast.Module) -> Iterator[Finding]:
    executed_at_import = (node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef))
    for statement in executed_at_import:
        if isinstance(statement, ast.AsyncFunctionDef):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Settings"):
                yield node.lineno, "build settings once in main and pass them down"


def files_are_short(path: Path, tree: ast.Module) -> Iterator[Finding]:
    length = len(path.read_text().splitlines())
    if length > _LONGEST_FILE and "migrations" not in path.parts:
        yield length, f"split it by verb or noun: {_LONGEST_FILE} lines are the limit"


RULES: tuple[Rule, ...] = (
    only_the_chassis_commits,
    times_are_aware,
    settings_are_built_in_main,
    files_are_short,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_everywhere(rule: Rule) -> None:
    findings = [
        f"{path.relative_to(ROOT)}:{line}: {advice}"
        for path in _files()
        for line, advice in rule(path, ast.parse(path.read_text()))
    ]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (only_the_chassis_commits, "async def f(session):\n    await session.commit()"),
        (times_are_aware, "import datetime\nx = datetime.datetime.now()"),
        (times_are_aware, "x = datetime.utcnow()"),
        (settings_are_built_in_main, "settings = ServiceSettings()"),
    ],
)
def test_each_rule_finds_what_it_forbids(rule: Rule, code: str) -> None:
    assert list(rule(Path("example.py"), ast.parse(code)))


def test_the_chassis_names_no_business_noun() -> None:
    glossary = ROOT / "docs/glossary.md"
    if not glossary.exists():
        pytest.skip("docs/glossary.md is not written yet")
    nouns = {
        noun.lower() for noun in re.findall(r"^(?:[-|] *)?\*\*([A-Za-z]+)\*\*", _business(glossary), re.M)
    }
    assert nouns, "docs/glossary.md has no line like `- **noun** …` below a heading `Business`"
    findings = [
        f"{path.relative_to(ROOT)}: {name} names {', '.join(sorted(found))}: a service's business"
        for path in sorted((ROOT / "chassis/chassis").rglob("*.py"))
        for name in sorted(_defined(ast.parse(path.read_text())))
        if (found := nouns & _words(name))
    ]
    assert not findings, "\n".join(findings)


def test_what_every_service_stands_on_stays_small() -> None:
    own = (  # each a part of its own, see decision 0008
        "access",
        "audit",
        "backups",
        "cleaning",
        "compiled",
        "conditions",
        "edges",
        "exporting",
        "fields",
        "files",
        "gathering",
        "importing",
        "merging",
        "protojson",
        "reads",
        "searching",
        "secrets",
        "timers",
        "tls",
        "uniqueness",
    )
    weight = {
        str(path.relative_to(ROOT)): _statements(ast.parse(path.read_text()))
        for path in (ROOT / "chassis/chassis").rglob("*.py")
        if not any(name in str(path.relative_to(ROOT)) for name in own)
    }
    heaviest = sorted(weight, key=lambda path: -weight[path])[:5]
    assert sum(weight.values()) <= _MOST_STATEMENTS, f"Look first for what can go: {', '.join(heaviest)}"


def _statements(tree: ast.Module) -> int:
    """The logical lines: neither imports nor docstrings, and a call over five lines is one."""
    return sum(
        isinstance(node, ast.stmt)
        and not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in ast.walk(tree)
    )


def _business(glossary: Path) -> str:
    """The glossary's part on the business; terms of the technique may be named anywhere."""
    sections = re.split(r"^(?=#+ )", glossary.read_text(), flags=re.M)
    return "".join(section for section in sections if "business" in section.split("\n")[0].lower())


def _defined(tree: ast.Module) -> set[str]:
    definitions = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    names = {node.name for node in ast.walk(tree) if isinstance(node, definitions)}
    return names | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
