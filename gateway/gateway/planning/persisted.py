"""Documents that a request names by their hash: trusted ones, and those sent in full before."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.errors import PERSISTED_QUERY_NOT_FOUND, refused
from gateway.planning.operation import NOT_TRUSTED, Operations, Recent
from gateway.planning.trusted import Document, document_id

REMEMBERED = 1_000
LONGEST = 20_000  # characters of a text that is remembered; the largest bodies would fill the memory
ID = re.compile(r"sha256:[0-9a-f]{64}")

Request = Mapping[str, Any]


class Documents:
    """Finds the text that a request means."""

    def __init__(
        self, operations: Operations, trusted: Mapping[str, Document], *, only_trusted: bool
    ) -> None:
        self._operations = operations
        self._trusted = trusted
        self._only_trusted = only_trusted
        self._sent: Recent[str, str] = Recent(REMEMBERED)

    def text(self, request: Request) -> str:
        """Return the request's text; one sent with its hash is known by it from now on if it is valid."""
        text: str | None = request.get("query")
        id = _document_id(request)
        if text is None:
            if id is None:
                raise refused('The body lacks a query; send {"query": …, "variables": …}', "INVALID")
            return self._known(id)
        if id is not None:
            self._remember(id, text, request.get("operationName"))
        return text

    def _remember(self, id: str, text: str, operation: str | None) -> None:
        if id != document_id(text):
            raise refused("The hash is not the SHA-256 of the query; send the one that fits", "INVALID")
        if id not in self._trusted and len(text) <= LONGEST:
            self._operations.prepare(text, operation)
            self._sent.put(id, text)

    def _known(self, id: str) -> str:
        if (trusted := self._trusted.get(id)) is not None:
            return trusted.text
        if self._only_trusted:
            raise refused(NOT_TRUSTED, "FORBIDDEN")
        text = self._sent.get(id)
        if text is None:
            raise refused("PersistedQueryNotFound", PERSISTED_QUERY_NOT_FOUND)
        return text


def _document_id(request: Request) -> str | None:
    id = request.get("documentId")
    if id is None:
        id = _apq_id(request.get("extensions"))
    if id is None or (isinstance(id, str) and ID.fullmatch(id)):
        return id
    raise refused("A document is named by `sha256:` and the 64 lower-case hex digits of its hash", "INVALID")


def _apq_id(extensions: object) -> str | None:
    if not isinstance(extensions, dict | None):
        raise refused("extensions must be an object", "INVALID")
    asked = (extensions or {}).get("persistedQuery")
    if asked is None:
        return None
    if not isinstance(asked, dict) or asked.get("version") != 1:
        raise refused("persistedQuery must be {version: 1, sha256Hash: …}", "INVALID")
    return f"sha256:{asked.get('sha256Hash')}"
