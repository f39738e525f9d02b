"""What a changed schema does to its callers is told, and a breaking change needs a reason."""

import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.supergraph.changes import SCHEMA, Earlier, changes, earlier_schema, kind, noted, unexplained

FIRST = "type Query { customer(id: ID!): Customer } type Customer { name: String fax: String }"
SECOND = "type Query { customer(id: ID!): Customer } type Customer { name: String email: String }"
REMOVED, ADDED = "Field Customer.fax was removed.", "Field Customer.email was added."

Git = Callable[..., str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "house"
    (folder / "gateway").mkdir(parents=True)
    _git(folder)("init", "--quiet", "--initial-branch=main")
    return folder


@pytest.fixture
def git(root: Path) -> Git:
    return _git(root)


def _git(folder: Path) -> Git:
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")

    def run(*words: str) -> str:
        done = subprocess.run(
            ["git", *person, *words], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


def _commit(root: Path, schema: str) -> str:
    (root / SCHEMA).write_text(schema)
    git = _git(root)
    git("add", ".")
    git("commit", "--quiet", "--allow-empty", "--message", "Change")
    return git("rev-parse", "HEAD")


def test_a_branch_is_compared_with_the_commit_where_it_left_main(root: Path, git: Git) -> None:
    left = _commit(root, FIRST)
    git("switch", "--quiet", "--create", "work")
    _commit(root, FIRST.replace("fax", "telex"))
    git("switch", "--quiet", "main")
    _commit(root, FIRST.replace("name", "title"))
    git("switch", "--quiet", "work")
    assert earlier_schema(root, SECOND, "main") == Earlier(left, FIRST)


def test_main_itself_is_compared_with_its_last_other_schema(root: Path) -> None:
    before = _commit(root, FIRST)
    _commit(root, SECOND)
    _commit(root, SECOND)
    assert earlier_schema(root, SECOND, "main") == Earlier(before, FIRST)


def test_without_a_branch_main_its_own_history_counts(root: Path, git: Git) -> None:
    before = _commit(root, FIRST)
    _commit(root, SECOND)
    git("branch", "--move", "trunk")
    assert earlier_schema(root, SECOND, "main") == Earlier(before, FIRST)


def test_a_shallow_clone_compares_with_as_much_as_it_has(root: Path, tmp_path: Path) -> None:
    for schema in (FIRST, SECOND):
        _commit(root, schema)
    clone = tmp_path / "clone"
    _git(tmp_path)("clone", "--quiet", "--depth=1", root.as_uri(), str(clone))
    assert earlier_schema(clone, SECOND, "main") is None
    found = earlier_schema(clone, FIRST, "main")
    assert found is not None
    assert found.schema == SECOND


def test_a_folder_without_history_has_nothing_to_compare_with(tmp_path: Path) -> None:
    assert earlier_schema(tmp_path, FIRST, "main") is None


def test_changes_are_told_by_what_they_do_to_callers() -> None:
    enumerated = FIRST + " enum Status { NEW } "
    told = [
        (kind(change), change.description)
        for change in changes(enumerated, SECOND + " enum Status { NEW OLD } ")
    ]
    assert told == [
        ("breaking", REMOVED),
        ("dangerous", "Enum value Status.OLD was added."),
        ("safe", ADDED),
    ]


def test_other_words_in_a_description_are_no_change() -> None:
    assert changes(FIRST, '"Who buys." ' + FIRST) == changes(FIRST, FIRST) == []


@pytest.mark.parametrize(
    ("changelog", "accepted"),
    [
        ("", False),
        (f"- breaking: `{REMOVED}`", False),
        (f"- breaking: `{REMOVED}`\n- safe: `{ADDED}`", False),
        (f"- breaking: `{REMOVED}` Nobody sends one; ask for email.", True),
    ],
)
def test_a_breaking_change_needs_a_reason_in_the_changelog(changelog: str, accepted: bool) -> None:
    found = changes(FIRST, SECOND)
    told = [change.description for change in unexplained(found, changelog)]
    assert told == ([] if accepted else [REMOVED])


def test_changes_are_noted_once_under_their_day() -> None:
    today = date(2026, 3, 2)
    once = noted(changes(FIRST, SECOND), "# Changes\n\n## 2026-03-01\n\n- safe: older\n", today)
    assert once == (
        f"# Changes\n\n## 2026-03-02\n\n- breaking: `{REMOVED}`\n- safe: `{ADDED}`\n"
        "\n## 2026-03-01\n\n- safe: older\n"
    )
    assert noted(changes(FIRST, SECOND), once, today) == once
    more = noted(changes(SECOND, FIRST), once, today)
    assert more.startswith("# Changes\n\n## 2026-03-02\n\n- breaking: `Field Customer.email was removed.`\n")
    assert more.endswith(once.removeprefix("# Changes\n\n## 2026-03-02\n\n"))
