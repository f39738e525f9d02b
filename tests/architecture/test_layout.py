"""Every service in services/ is known to the tools, so that a new one cannot be forgotten."""

import tomllib
from pathlib import Path
from typing import Any

from deploy.local.suite import SERVICES

ROOT = Path(__file__).parents[2]
ON_DISK = {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}


def _tools() -> dict[str, Any]:
    tools: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return tools


def test_the_suite_starts_every_service() -> None:
    assert set(SERVICES) == ON_DISK


def test_import_contracts_cover_every_service() -> None:
    linter = _tools()["importlinter"]
    assert set(linter["root_packages"]) >= ON_DISK
    independence, chassis, edges, _, layers, protocols = linter["contracts"]
    assert set(independence["modules"]) == ON_DISK
    assert set(chassis["forbidden_modules"]) >= ON_DISK
    assert set(edges["forbidden_modules"]) >= ON_DISK
    assert set(layers["containers"]) == {f"{name}.*" for name in ON_DISK}
    roles = ("models", "queries", "commands")
    assert set(protocols["source_modules"]) == {f"{name}.*.{role}" for name in ON_DISK for role in roles}


def test_the_type_checker_finds_every_service() -> None:
    path = _tools()["mypy"]["mypy_path"]
    assert not [name for name in ON_DISK if f"/services/{name}" not in path]
