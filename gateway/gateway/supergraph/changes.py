"""What a change of the API's schema does to its callers, and which changes they were told of."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from graphql import (
    BreakingChange,
    DangerousChange,
    SafeChangeType,
    SchemaChange,
    build_schema,
    find_schema_changes,
)

SCHEMA = "gateway/schema.graphql"


@dataclass(frozen=True)
class Earlier:
    """The schema as a commit has it."""

    commit: str
    schema: str


def earlier_schema(root: Path, schema: str, branch: str) -> Earlier | None:
    """The newest other schema: where this work left the branch, else before; None if history knows none."""
    for commit in _commits(root, branch):
        found = _git(root, "show", f"{commit}:{SCHEMA}")
        if found is not None and found != schema:
            return Earlier(commit, found)
    return None


def changes(earlier: str, schema: str) -> list[SchemaChange]:
    """All changes but those of descriptions, breaking ones first."""
    found = find_schema_changes(build_schema(earlier), build_schema(schema))
    kept = (change for change in found if change.type is not SafeChangeType.DESCRIPTION_CHANGED)
    return sorted(kept, key=lambda change: (change.type.value, change.description))


def kind(change: SchemaChange) -> str:
    """What the change does to callers: "breaking", "dangerous" or "safe"."""
    if isinstance(change, BreakingChange):
        return "breaking"
    return "dangerous" if isinstance(change, DangerousChange) else "safe"


def unexplained(found: Sequence[SchemaChange], changelog: str) -> list[SchemaChange]:
    """The breaking changes that the changelog does not name together with a reason."""
    return [
        change
        for change in found
        if isinstance(change, BreakingChange) and not _explained(change.description, changelog)
    ]


def noted(found: Sequence[SchemaChange], changelog: str, day: date) -> str:
    """The changelog with the changes that it lacks, under the day; people add the reasons."""
    entries = "".join(f"{_entry(change)}\n" for change in found if f"`{change.description}`" not in changelog)
    if not entries:
        return changelog
    head, mark, rest = changelog.partition("\n## ")
    today, blank, older = rest.partition("\n\n")
    if mark and today == str(day):
        return f"{head}{mark}{today}{blank}{entries}{older}"
    return f"{head.rstrip()}\n\n## {day}\n\n{entries}{mark}{rest}"


def _entry(change: SchemaChange) -> str:
    return f"- {kind(change)}: `{change.description}`"


def _explained(description: str, changelog: str) -> bool:
    return re.search(rf"`{re.escape(description)}`[^\n]*\w", changelog) is not None


def _commits(root: Path, branch: str) -> Iterator[str]:
    for name in (branch, f"origin/{branch}"):
        # a shallow clone may lack the commit where both began
        found = _git(root, "merge-base", "HEAD", name) or _git(root, "rev-parse", "--verify", name)
        if found:
            yield found.strip()
            break
    yield from (_git(root, "log", "--format=%H", "--", SCHEMA) or "").split()


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607
    except FileNotFoundError:
        return None  # an unpacked archive has no history, nor needs its machine git
    return done.stdout if done.returncode == 0 else None
