"""What Roundel is built on, for whoever must answer for it: a bill, its licences, its known weaknesses."""

import argparse
import importlib.metadata
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PYTHON, PLANNER = ROOT / "requirements.txt", ROOT / "gateway/planner/package-lock.json"
FOUND, NOT_CHECKED = 1, 3
AT_ONCE, SECONDS = 500, 30
UNKNOWN = "not installed here"


@dataclass(frozen=True)
class Component:
    """One package of somebody else's, at the version that is locked."""

    kind: str
    name: str
    version: str
    licence: str

    @property
    def purl(self) -> str:
        """Its name among all packages of all languages."""
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; the status of `advisories` is 1 for findings and 3 for not checked."""
    parser = argparse.ArgumentParser(prog="python -m deploy.scanning")
    parser.add_argument("what", choices=("bom", "licences", "advisories"))
    components = [*python_components(PYTHON.read_text()), *planner_components(PLANNER.read_text())]
    match parser.parse_args(words).what:
        case "bom":
            sys.stdout.write(json.dumps(bill_of_materials(components), indent=1) + "\n")
        case "licences":
            sys.stdout.writelines(f"{each.licence}\t{each.purl}\n" for each in by_licence(components))
        case _:
            return _advise(components, os.environ.get("ROUNDEL_ADVISORIES", ""))
    return 0


def python_components(locked: str) -> Iterator[Component]:
    """Read `requirements.txt`; the licence is what the installed package says of itself."""
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", locked, re.M):
        yield Component("pypi", name, version, _licence(name))


def planner_components(locked: str) -> Iterator[Component]:
    """Read the lock of the planner, the part in JavaScript."""
    for path, told in json.loads(locked)["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            yield Component("npm", name, told["version"], str(told.get("license", UNKNOWN)))


def by_licence(components: Sequence[Component]) -> list[Component]:
    """Sort so that what is alike is read together."""
    return sorted(components, key=lambda each: (each.licence, each.purl))


def bill_of_materials(components: Sequence[Component]) -> dict[str, Any]:
    """Return a CycloneDX 1.6 document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "roundel", "bom-ref": "roundel"}},
        "components": [
            {
                "type": "library",
                "bom-ref": each.purl,
                "name": each.name,
                "version": each.version,
                "purl": each.purl,
                "licenses": [{"license": {"name": each.licence}}] if each.licence != UNKNOWN else [],
            }
            for each in sorted(set(components), key=lambda each: each.purl)
        ],
    }


def _advise(components: Sequence[Component], address: str) -> int:
    if not address:
        sys.stderr.write("NOT CHECKED for known weaknesses: name an OSV database in ROUNDEL_ADVISORIES\n")
        return NOT_CHECKED
    try:
        found = [told for part in _parts(components) for told in _asked(address, part)]
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"NOT CHECKED for known weaknesses: {address} does not answer: {error}\n")
        return NOT_CHECKED
    sys.stdout.writelines(f"{purl}: {', '.join(ids)}\n" for purl, ids in found)
    sys.stdout.write(f"{len(components)} packages were checked, {len(found)} have known weaknesses\n")
    return FOUND if found else 0


def _parts(components: Sequence[Component]) -> Iterator[Sequence[Component]]:
    for start in range(0, len(components), AT_ONCE):
        yield components[start : start + AT_ONCE]


def _asked(address: str, components: Sequence[Component]) -> Iterator[tuple[str, list[str]]]:
    """Ask the database; every package has its answer, or it counts as none."""
    body = json.dumps({"queries": [{"package": {"purl": each.purl}} for each in components]}).encode()
    headers = {"content-type": "application/json"}
    if not address.startswith(("http://", "https://")):
        raise ValueError("write https://…")
    request = urllib.request.Request(f"{address.rstrip('/')}/v1/querybatch", body, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        results = json.loads(answer.read())["results"]
    for each, result in zip(components, results, strict=True):
        if ids := [told["id"] for told in result.get("vulns", [])]:
            yield each.purl, ids


def _licence(name: str) -> str:
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN
    lines = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if line[:9] == "License :"]
    expressions = told.get_all("License-Expression") or [", ".join(lines)]
    return str(expressions[0] or (told.get_all("License") or [UNKNOWN])[0])[:60]


if __name__ == "__main__":
    sys.exit(main())
