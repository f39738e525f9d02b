"""Backups of an installation whose services are stand-ins that speak as real ones do."""

import shutil
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner

from roundel_cli.__main__ import main

pytestmark = pytest.mark.feature("F111")

# `backup` writes the content of a file, `restore` takes one in; as with a real service, the first line tells.
# What it keeps in `papers` are its files, each named by its digest.
STAND_IN = """
import json, os, sys
from pathlib import Path
service, folder, command = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
table = folder / service
papers = sorted((folder.parent / "papers").glob("*")) if service == "sales" else []
url = os.environ.get("BUCKET") or ("file:///papers" if papers else "")
if command == "backup":
    print("ready", flush=True)
    sys.stdin.readline()
    if (folder / "fails").exists() and service == "sales":
        sys.exit("sales: the disk is on fire")
    print(json.dumps({"service": service, "revision": "0001", "key": None, "files": url}), flush=True)
    sys.stdout.write(table.read_text())
elif command == "backup-files":
    held = sys.stdin.read().splitlines()
    for paper in papers:
        if f"{paper.name} first" in held or not paper.stat().st_size:
            print(json.dumps({"digest": paper.name, "held": bool(paper.stat().st_size)}), flush=True)
        else:
            told = {"digest": paper.name, "key": "first:x", "length": paper.stat().st_size}
            print(json.dumps(told), flush=True)
            sys.stdout.write(paper.read_text())
elif command == "restore-files":
    print("\\n".join(["one", "two", "ready"]), flush=True)
    (folder.parent / "given").write_text(sys.stdin.read())
elif command == "rotate-keys":
    print(f"{service}: keys are wrapped {sys.argv[4:]}")
else:
    header = json.loads(sys.stdin.readline())
    if table.exists() and "--force" not in sys.argv:
        sys.exit(f"{service}: The database has tables already")
    print("ready", flush=True)
    table.write_text(sys.stdin.read())
"""
SERVICES = ("finance", "sales")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the tables of two services and the description of their installation."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    tables = tmp_path / "tables"
    tables.mkdir()
    for service in SERVICES:
        (tables / service).write_text(f"{service}: 张三\n" * 100_000)
    _describe(tmp_path, SERVICES)
    return tmp_path


def _describe(folder: Path, services: Sequence[str]) -> None:
    command = [sys.executable, str(folder / "stand_in.py")]
    told = {name: {"command": [*command, name, str(folder / "tables")]} for name in services}
    (folder / "installation.json").write_bytes(orjson.dumps({"services": told}))


def roundel(folder: Path, *words: str | Path) -> tuple[int, str]:
    environment = {"ROUNDEL_INSTALLATION": str(folder / "installation.json"), "COLUMNS": "200"}
    done = CliRunner().invoke(main, [str(word) for word in words], env=environment)
    return done.exit_code, " ".join(done.output.split())  # the terminal breaks lines where paths are long


def names(target: Path) -> list[str]:
    return sorted(entry.name for entry in target.iterdir())


def wipe(folder: Path) -> dict[str, str]:
    """Empty the databases; returns what was in them."""
    held = {service: (folder / "tables" / service).read_text() for service in SERVICES}
    for service in SERVICES:
        (folder / "tables" / service).unlink()
    return held


def test_a_wiped_installation_is_restored_from_any_of_the_copies(folder: Path) -> None:
    here, there = folder / "here", folder / "there"
    assert roundel(folder, "backup", here, there)[0] == 0
    assert names(here) == names(there)
    for copy in (here, there):
        held = wipe(folder)
        status, said = roundel(folder, "restore", copy)
        assert status == 0, said
        assert {service: (folder / "tables" / service).read_text() for service in SERVICES} == held


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket of S3-compatible storage."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    told = {"ENDPOINT": f"http://{host}:{port}", "ALLOW_HTTP": "true", "REGION": "us-east-1"}
    for name, value in (told | {"ACCESS_KEY_ID": "any", "SECRET_ACCESS_KEY": "any"}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/backups", method="PUT"))
    yield "s3://backups/roundel"
    server.stop()


def test_a_copy_off_site_restores_what_is_lost_here(folder: Path, bucket: str) -> None:
    status, said = roundel(folder, "backup", folder / "here", bucket)
    assert status == 0, said
    shutil.rmtree(folder / "here")
    held = wipe(folder)
    assert roundel(folder, "backups", "verify", bucket)[0] == 0
    assert roundel(folder, "restore", bucket)[0] == 0
    assert {service: (folder / "tables" / service).read_text() for service in SERVICES} == held


def test_files_are_written_once_shared_by_backups_and_gone_with_the_last_that_names_them(
    folder: Path,
) -> None:
    here, there, papers = folder / "here", folder / "there", folder / "papers"
    papers.mkdir()
    for name in ("one", "two"):
        (papers / name).write_text(f"{name} 张三" * 50_000)
    assert "2 files" in roundel(folder, "backup", here)[1]
    written = sorted(here.glob("files/sales/*"))
    assert len(written) == 2
    assert roundel(folder, "backup", here, there)[0] == 0
    assert sorted(here.glob("files/sales/*")) == written
    assert len(list(there.glob("files/sales/*"))) == 2

    wipe(folder)
    assert roundel(folder, "restore", there)[0] == 0
    given = (folder / "given").read_text()
    assert all((papers / name).read_text() in given for name in ("one", "two"))

    next(iter(written)).write_text("changed")
    status, said = roundel(folder, "backups", "verify", here)
    assert status == 1
    assert f"files/sales/{written[0].name} is not what was written" in said
    written[0].unlink()  # the next backup writes it again
    (papers / "two").write_text("")  # a file that its service has lost
    status, said = roundel(folder, "backup", here, "--keep", "1")
    assert status == 1
    assert "lacks files that are missing or damaged where they are kept: sales: two" in said
    assert roundel(folder, "backups", "verify", here)[0] == 0
    assert len(list(here.glob("files/sales/*"))) == 1


def test_files_in_a_bucket_stay_there_and_the_backup_names_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET", "s3://papers/roundel")
    status, said = roundel(folder, "backup", folder / "kept")
    assert status == 0
    assert "The files of sales stay in s3://papers/roundel" in said


def test_the_manifest_tells_versions_sizes_and_checksums(folder: Path) -> None:
    roundel(folder, "backup", folder / "kept")
    name = names(folder / "kept")[0]
    manifest = orjson.loads((folder / "kept" / name / "manifest.json").read_bytes())
    assert manifest["name"] == name
    part = manifest["parts"]["sales"]
    assert part["kind"] == "database"
    assert part["about"]["revision"] == "0001"
    assert part["bytes"] == (folder / "kept" / name / "sales.backup").stat().st_size
    assert len(part["sha256"]) == 64


def test_a_database_that_is_not_empty_needs_the_backups_name_typed(folder: Path) -> None:
    roundel(folder, "backup", folder / "kept")
    name = names(folder / "kept")[0]
    (folder / "tables/sales").write_text("newer")
    assert roundel(folder, "restore", folder / "kept")[0] == 1
    status, said = roundel(folder, "restore", folder / "kept", "--force", "yes")
    assert status == 1
    assert f"--force {name}" in said
    assert (folder / "tables/sales").read_text() == "newer"
    assert roundel(folder, "restore", folder / "kept", "--force", name)[0] == 0
    assert (folder / "tables/sales").read_text() != "newer"


def test_when_one_service_refuses_none_is_touched(folder: Path) -> None:
    roundel(folder, "backup", folder / "kept")
    (folder / "tables/finance").unlink()
    status, said = roundel(folder, "restore", folder / "kept")
    assert status == 1
    assert "sales: The database has tables already" in said
    assert not (folder / "tables/finance").exists()


@pytest.mark.parametrize("damage", ["changed", "cut off", "missing"])
def test_a_damaged_backup_is_found_and_not_restored(folder: Path, damage: str) -> None:
    roundel(folder, "backup", folder / "kept")
    assert roundel(folder, "backups", "verify", folder / "kept")[0] == 0
    part = folder / "kept" / names(folder / "kept")[0] / "sales.backup"
    content = part.read_bytes()
    part.write_bytes(content[:-1] + (b"!" if damage == "changed" else b""))
    if damage == "missing":
        part.unlink()
    wipe(folder)
    for words in (("backups", "verify"), ("restore",)):
        status, said = roundel(folder, *words, folder / "kept")
        assert status == 1
        assert "sales.backup is" in said
    assert not (folder / "tables/finance").exists()


def test_a_backup_that_fails_leaves_nothing_and_says_why(folder: Path) -> None:
    (folder / "tables/fails").touch()
    status, said = roundel(folder, "backup", folder / "kept")
    assert status == 1
    assert "the disk is on fire" in said
    assert not any(path.is_file() for path in (folder / "kept").rglob("*"))


def test_a_backup_of_other_services_is_refused(folder: Path) -> None:
    roundel(folder, "backup", folder / "kept")
    _describe(folder, ["sales", "identity"])
    status, said = roundel(folder, "restore", folder / "kept")
    assert status == 1
    assert "it lacks identity; nobody takes its finance" in " ".join(said.split())


def test_only_the_newest_are_kept_and_half_ones_are_swept(folder: Path) -> None:
    kept = folder / "kept"
    for name in ("2026-01-01T00-00-00Z", "2026-01-02T00-00-00Z", "2026-01-03T00-00-00Z"):
        (kept / name).mkdir(parents=True)
        (kept / name / "sales.backup").write_text("old")
        if "02T" not in name:  # one was never completed
            manifest: dict[str, Any] = {"format": 1, "name": name, "parts": {}}
            (kept / name / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert roundel(folder, "backup", kept, "--keep", "2")[0] == 0
    left = [name for name in names(kept) if any((kept / name).iterdir())]
    assert left[0] == "2026-01-03T00-00-00Z"
    assert len(left) == 2
    listed = roundel(folder, "backups", "list", kept)[1]
    assert all(name in listed for name in left)


def test_a_wrong_description_or_an_empty_store_is_said_in_one_sentence(folder: Path) -> None:
    assert "has no complete backup" in roundel(folder, "restore", folder / "nothing")[1]
    (folder / "installation.json").write_text("[]")
    status, said = roundel(folder, "backup", folder / "kept")
    assert status == 1
    assert "describes no installation" in said


@pytest.mark.feature("F110")
def test_keys_are_rotated_in_all_services_at_once(folder: Path) -> None:
    status, said = roundel(folder, "keys", "rotate", "--only-master")
    assert status == 0
    for service in SERVICES:
        assert f"{service}: keys are wrapped ['--only-master']" in said
