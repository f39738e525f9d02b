"""What Roundel is built on is told whole, and a scan that did not happen never looks like a clean one."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from deploy import scanning

pytestmark = pytest.mark.feature("F113")

WEAK = "pkg:pypi/aiohttp@"


class _Advisories(BaseHTTPRequestHandler):
    """Knows of one weak package."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
        purls = [query["package"]["purl"] for query in asked]
        told = [{"vulns": [{"id": "CVE-2026-1"}]} if purl.startswith(WEAK) else {} for purl in purls]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"results": told}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def advisories() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Advisories)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_every_locked_package_of_both_languages_is_in_the_bill_of_materials(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert scanning.main(["bom"]) == 0
    bill: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    purls = {component["purl"] for component in bill["components"]}
    for name, version in re.findall(r"^([\w.-]+)==([^ ;]+)", scanning.PYTHON.read_text(), re.M):
        assert f"pkg:pypi/{name}@{version}" in purls
    assert any(purl.startswith("pkg:npm/%40graphql-hive/router-query-planner@") for purl in purls)


def test_every_package_has_a_licence_that_lets_us_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert scanning.main(["licences"]) == 0
    licences = {line.partition("\t")[0] for line in capsys.readouterr().out.splitlines()}
    assert {"MIT", "Apache-2.0"} <= licences
    assert not [licence for licence in licences if re.search(r"\bA?GPL|Proprietary|SSPL", licence)]


def test_a_known_weakness_ends_with_one_status_and_no_answer_with_another(
    advisories: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROUNDEL_ADVISORIES", advisories)
    assert scanning.main(["advisories"]) == scanning.FOUND
    assert re.search(rf"{WEAK}\S+: CVE-2026-1\n\d+ packages were checked, 1 ", capsys.readouterr().out)
    for unreachable in ("", "http://127.0.0.1:1", "ftp://nowhere"):
        monkeypatch.setenv("ROUNDEL_ADVISORIES", unreachable)
        assert scanning.main(["advisories"]) == scanning.NOT_CHECKED
        assert "NOT CHECKED" in capsys.readouterr().err
