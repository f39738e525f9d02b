"""The HTTP edge of files: `POST /files?name=…`, `POST /files/{id}/link`, `GET /files/{id}?token=…`."""

from collections.abc import Sequence
from urllib.parse import quote
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from chassis import access
from chassis.access import TokenVerifier, acting_as
from chassis.database import Database, now
from chassis.edges.calls import refused, signed_in
from chassis.errors import DomainError, NotFound
from chassis.exporting.exports import Exportable
from chassis.files import kept, links
from chassis.files.store import Store


def add_routes(
    app: FastAPI, database: Database, verifier: TokenVerifier, files: str, exportables: Sequence[Exportable]
) -> None:
    """Add the routes; the exportables tell where the records are that files are attached to."""
    listings = {each.listing.table.name: each.listing for each in exportables}

    async def send_file(request: Request) -> Response:
        name = request.query_params.get("name", "")
        kind = request.headers.get("content-type", "")
        file = await kept.take(database, Store(files), request.stream(), name=name, media_type=kind)
        told = {"id": str(file.id), "name": file.name, "size": file.size, "mediaType": file.media_type}
        return JSONResponse({**told, "sha256": file.digest}, 201)

    async def make_link(request: Request) -> Response:
        file = await kept.readable(database, _id(request), listings)
        token, expires = links.sign(database, file.id, access.current(), at=now())
        return JSONResponse({"path": f"/files/{file.id}?token={token}", "expiresAt": expires.isoformat()})

    async def fetch(request: Request) -> Response:
        try:
            id = _id(request)
            caller = links.follow(
                database, id, request.query_params.get("token", ""), at=now(), known=verifier.known
            )
            with acting_as(caller):
                file = await kept.readable(database, id, listings)
            content = await Store(files).get(file.digest)
        except DomainError as error:
            return refused(error)
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "content-length": str(file.size),
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        }
        return StreamingResponse(content, media_type=file.media_type, headers=headers)

    app.add_api_route("/files", signed_in(verifier, send_file), methods=["POST"])
    app.add_api_route("/files/{id}/link", signed_in(verifier, make_link), methods=["POST"])
    app.add_api_route("/files/{id}", fetch, methods=["GET"])


def _id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["id"])
    except ValueError:
        raise NotFound(f"There is no file {request.path_params['id'][:50]}") from None
