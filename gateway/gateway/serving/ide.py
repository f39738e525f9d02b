"""GraphiQL for development, served from the npm packages without any outside address."""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from gateway.supergraph.node import SCRIPTS

PACKAGES = SCRIPTS / "node_modules"
ASSETS = {
    "react.js": PACKAGES / "react/umd/react.production.min.js",
    "react-dom.js": PACKAGES / "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": PACKAGES / "graphiql/graphiql.min.js",
    "graphiql.css": PACKAGES / "graphiql/graphiql.min.css",
}
POLICY = "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'none'"
PAGE = Path(__file__).with_name("graphiql.html")


def router(first_query: Path) -> APIRouter:
    """The routes of the page at `/`, with a query ready to run."""
    routes = APIRouter()
    query = first_query.read_text() if first_query.is_file() else "{ __typename }\n"
    page = PAGE.read_text().replace("{{query}}", html.escape(query))

    @routes.get("/", response_class=HTMLResponse)
    async def graphiql() -> HTMLResponse:
        return HTMLResponse(page, headers={"content-security-policy": POLICY})

    for name, file in ASSETS.items():
        routes.add_api_route(f"/graphiql/{name}", _served(file), response_class=FileResponse)
    return routes


def _served(file: Path) -> Callable[[], Awaitable[FileResponse]]:
    async def serve() -> FileResponse:
        return FileResponse(file)

    return serve
