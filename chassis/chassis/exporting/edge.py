"""The HTTP edge of exports: `GET /exports/{secret}`; who has the link, has the right."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from chassis.database import Database, now
from chassis.edges.calls import refused
from chassis.edges.principals import Known
from chassis.errors import DomainError
from chassis.exporting import exports
from chassis.exporting.exports import Exportable
from chassis.exporting.naming import camel
from chassis.exporting.writing import MEDIA, write


def add_routes(app: FastAPI, database: Database, exportables: tuple[Exportable, ...], known: Known) -> None:
    """Add the route under which exports are fetched."""
    by_table: Mapping[str, Exportable] = {each.listing.table.name: each for each in exportables}

    async def fetch(request: Request) -> Response:
        try:
            async with database.transaction() as session:
                link = await exports.follow(session, request.path_params["secret"], at=now())
        except DomainError as error:
            return refused(error)
        exportable = by_table[link.table]
        headers = {"content-disposition": f'attachment; filename="{link.table}.{link.format}"'}
        content = write(
            link.format, list(map(camel, link.columns)), exports.rows(database, exportable, link, known)
        )
        return StreamingResponse(content, media_type=MEDIA[link.format], headers=headers)

    app.add_api_route("/exports/{secret}", fetch, methods=["GET"])
