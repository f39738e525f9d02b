"""Files attached to leads: kept by content, read by whoever may read the field, through links that expire."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from chassis import testing
from chassis.database import Database, now
from chassis.edges.testing import Edge
from chassis.fields.models import StoredFile
from chassis.files import kept, links, store
from chassis.testing import Graph, employee
from sales.__main__ import make
from services.sales.tests.steps import do, refused
from services.sales.tests.test_lead_fields import custom, define

PDF = b"%PDF-1.7 " + "合同".encode() * 200_000


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """An S3 server of the tests' own with a bucket; its address is in the variables that S3's tools read."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = {
        "AWS_ENDPOINT": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        boto3.client("s3", endpoint_url=told["AWS_ENDPOINT"]).create_bucket(Bucket="files")
        yield "s3://files/roundel"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store: a folder, and an S3 server."""
    if request.param == "s3":
        return str(request.getfixturevalue("s3"))
    return f"file://{tmp_path}/files"


@pytest.fixture
async def edge(database: Database, files: str) -> Edge:
    """The HTTP edge of the service."""
    return Edge(make(), testing.runtime(database, given=testing.settings(files=files)))


async def upload(edge: Edge, by: Any, content: bytes = PDF, name: str = "合同.pdf") -> dict[str, Any]:
    reply = await edge.post(f"/files?name={quote(name)}", content, by=by)
    assert reply.status == 201, reply.body
    return dict(reply.json())


async def link(edge: Edge, id: str, by: Any) -> str:
    reply = await edge.post(f"/files/{id}/link", b"", by=by)
    assert reply.status == 200, reply.body
    return str(reply.json()["path"])


@pytest.mark.feature("F74")
async def test_a_file_is_uploaded_attached_and_read_by_whoever_may_read_the_lead(
    graph: Graph, edge: Edge
) -> None:
    await define(graph, "papers", "attachment")
    writer = employee()
    file = await upload(edge, writer)
    asked = {"company": "Acme", "custom": custom(papers=[file["id"]])}
    await do(graph, "createLead", asked, "lead { id }", by=writer)

    reply = await edge.get(await link(edge, file["id"], employee("lead:read")))

    assert reply.body == PDF
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["content-disposition"].startswith("attachment")
    stranger = await edge.post(f"/files/{file['id']}/link", b"", by=employee("quote:read"))
    assert stranger.status == 404


async def test_before_it_is_attached_only_the_uploader_reads_and_attaches_a_file(
    graph: Graph, edge: Edge
) -> None:
    await define(graph, "papers", "attachment")
    writer = employee()
    file = await upload(edge, writer)

    assert (await edge.get(await link(edge, file["id"], writer))).body == PDF
    assert (await edge.post(f"/files/{file['id']}/link", b"", by=employee())).status == 404
    stolen = {"company": "Acme", "custom": custom(papers=[file["id"]])}
    assert (await refused(graph, "createLead", stolen, by=employee()))["code"] == "INVALID"


async def test_a_link_dies_with_the_right_with_the_field_and_with_time(
    graph: Graph, edge: Edge, database: Database
) -> None:
    await define(graph, "papers", "attachment")
    writer = employee()
    file = await upload(edge, writer)
    asked = {"company": "Acme", "custom": custom(papers=[file["id"]])}
    lead = (await do(graph, "createLead", asked, "lead { id }", by=writer))["lead"]["id"]
    path = await link(edge, file["id"], writer)
    assert (await edge.get(path)).status == 200

    changed = {"id": lead, "custom": custom(papers=[])}
    await do(graph, "setLeadCustomFields", changed, "lead { id }", by=writer)
    assert (await edge.get(path)).status == 404
    assert (await edge.get(path[:-2] + "AA")).status == 404
    assert (await edge.get(f"/files/{file['id']}")).status == 404
    again = {"id": lead, "custom": custom(papers=[file["id"]])}
    await do(graph, "setLeadCustomFields", again, "lead { id }", by=writer)
    assert (await edge.get(path)).status == 200
    long_ago = now() - timedelta(hours=1)
    token, _ = links.sign(database, file["id"], writer, at=long_ago)
    assert (await edge.get(f"/files/{file['id']}?token={token}")).status == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>"),
        ("picture.svg", b"<svg/>"),
        ("fake.png", b"MZ"),
        ("empty.pdf", b""),
        ("", b"x"),
    ],
)
async def test_a_file_that_is_not_taken_is_refused(edge: Edge, name: str, content: bytes) -> None:
    assert (await edge.post(f"/files?name={name}", content)).status == 400


async def test_a_file_that_is_too_large_leaves_nothing(
    edge: Edge, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 100_000)

    assert (await edge.post("/files?name=big.pdf", PDF)).status == 413


async def test_a_picture_field_takes_pictures_only(graph: Graph, edge: Edge) -> None:
    await define(graph, "photo", "image")
    writer = employee()
    wrong = await upload(edge, writer)
    right = await upload(edge, writer, b"\x89PNG\r\n\x1a\n...", "photo.png")

    asked = {"company": "Acme", "custom": custom(photo=wrong["id"])}
    assert (await refused(graph, "createLead", asked, by=writer))["facts"] == {"field": "photo"}
    asked = {"company": "Acme", "custom": custom(photo=right["id"])}
    await do(graph, "createLead", asked, "lead { id }", by=writer)


async def test_equal_bytes_are_kept_once_and_removed_with_the_last_file_that_has_them(
    graph: Graph, edge: Edge, database: Database, files: str
) -> None:
    await define(graph, "papers", "attachment")
    writer = employee()
    one, two = await upload(edge, writer), await upload(edge, writer)
    assert one["sha256"] == two["sha256"]
    asked = {"company": "Acme", "custom": custom(papers=[one["id"]])}
    await do(graph, "createLead", asked, "lead { id }", by=writer)

    later = now() + timedelta(days=2)
    assert await kept.sweep(database, store.Store(files), at=later) == 1

    assert (await edge.get(await link(edge, one["id"], writer))).body == PDF
    async with database.transaction() as session:
        assert await session.get(StoredFile, two["id"]) is None
        (await session.get_one(StoredFile, one["id"])).record_id = None
    assert await kept.sweep(database, store.Store(files), at=later) == 1
    if files.startswith("file:"):
        left = [name for _, _, names in os.walk(files.removeprefix("file://")) for name in names]
        assert left == []
