"""The HTTP edge of imports: files in, error files out."""

from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from chassis import access
from chassis.access import TokenVerifier
from chassis.database import Database
from chassis.edges.calls import signed_in
from chassis.errors import NotFound
from chassis.exporting.writing import MEDIA
from chassis.importing import jobs
from chassis.importing.files import receive, rows_of
from chassis.importing.importable import Importable
from chassis.importing.models import ImportFile, ImportJob
from chassis.importing.refused import refused_rows

SAMPLE = 5


def add_routes(
    app: FastAPI, database: Database, verifier: TokenVerifier, importables: tuple[Importable, ...]
) -> None:
    """Add `POST /imports?name=leads.csv` (the body is the file) and `GET /imports/{id}/refused`."""

    async def send_file(request: Request) -> Response:
        _require_some(importables)
        name = request.query_params.get("name", "import")
        sheet = request.query_params.get("sheet")
        file = await receive(database, request.stream(), name=name, sheet=sheet)
        async with database.transaction() as session:
            sample = (await rows_of(session, file.id, 0))[:SAMPLE]
        told = {
            "fileId": str(file.id),
            "format": file.format,
            "encoding": file.encoding,
            "delimiter": file.delimiter,
            "headers": file.headers,
            "rows": file.rows,
            "sample": sample,
        }
        return JSONResponse(told, 201)

    async def get_refused(request: Request) -> Response:
        id = _id(request.path_params["id"])
        async with database.transaction() as session:
            job = await session.get(ImportJob, id)
            importable = next((each for each in importables if job and each.noun == job.object), None)
            if importable is None:
                raise NotFound(f"There is no import {id}")
            job = await jobs.get_job(session, importable, id)
            file = await session.get_one(ImportFile, job.file_id)
        stem = file.name.rpartition(".")[0] or file.name
        safe = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in stem)
        headers = {"content-disposition": f'attachment; filename="{safe}.refused.{file.format}"'}
        return StreamingResponse(
            refused_rows(database, job, file), media_type=MEDIA[file.format], headers=headers
        )

    app.add_api_route("/imports", signed_in(verifier, send_file), methods=["POST"])
    app.add_api_route("/imports/{id}/refused", signed_in(verifier, get_refused), methods=["GET"])


def _require_some(importables: tuple[Importable, ...]) -> None:
    """Let in whoever may import at least one object of this service."""
    principal = access.current()
    if not any(principal.may(importable.noun, "import") for importable in importables):
        principal.require(importables[0].noun, "import")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"There is no import {text}") from None
