"""Automatic persisted queries: a text sent once with its hash is known by the hash."""

import asyncio
from hashlib import sha256
from typing import Any

import pytest

from gateway.errors import Refused
from gateway.planning.limits import Limits
from gateway.planning.operation import Operations
from gateway.planning.persisted import LONGEST, REMEMBERED, Documents
from gateway.planning.planner import Planner
from gateway.supergraph.reading import read_supergraph

SDL = "type Query { signs: Int }"


def persisted(text: str) -> dict[str, Any]:
    """What a client sends beside the text, or in its place."""
    hash = sha256(text.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}


@pytest.fixture(scope="module")
async def ask(graph: Any, world_type: Any) -> Any:
    return await graph(world_type(roots={"Query": {"signs": 3}}), customer=SDL)


async def told(ask: Any, body: dict[str, Any]) -> tuple[int, str, str]:
    """The status, and the code and message of the one error."""
    status, answer = await ask.post(body)
    [error] = answer["errors"]
    return status, error["extensions"]["code"], error["message"]


UNKNOWN = (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")


async def test_a_text_sent_with_its_hash_is_known_by_it_afterwards(ask: Any) -> None:
    text = "{ first: signs }"
    assert await told(ask, persisted(text)) == UNKNOWN
    assert await ask.post({"query": text, **persisted(text)}) == (200, {"data": {"first": 3}})
    assert await ask.post(persisted(text)) == (200, {"data": {"first": 3}})
    document = "sha256:" + sha256(text.encode()).hexdigest()
    assert await ask.post({"documentId": document}) == (200, {"data": {"first": 3}})


async def test_a_hash_that_does_not_fit_is_invalid_and_names_nothing(ask: Any) -> None:
    other = persisted("{ other: signs }")
    assert (await told(ask, {"query": "{ signs }", **other}))[:2] == (400, "INVALID")
    assert await told(ask, other) == UNKNOWN


@pytest.mark.parametrize("text", ["{ signs ", "{ sings }", "{ " + "signs " * 2_100 + "}"])
async def test_what_is_not_answered_is_not_remembered(ask: Any, text: str) -> None:
    status, _ = await ask.post({"query": text, **persisted(text)})
    assert status in (400, 413)
    assert await told(ask, persisted(text)) == UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": []},
        {"extensions": {"persistedQuery": []}},
        {"extensions": {"persistedQuery": {"sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 63}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 5}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"documentId": "0" * 64},
        {"documentId": 5},
        {"query": None},
        {"query": 5},
        {"extensions": {"other": 1}},
    ],
)
async def test_a_document_named_in_no_known_form_is_invalid(ask: Any, body: dict[str, Any]) -> None:
    assert (await told(ask, body))[:2] == (400, "INVALID")


async def test_only_the_most_recent_are_remembered(ask: Any) -> None:
    sdl = ask.supergraph.read_text()
    supergraph = read_supergraph(sdl)
    operations = Operations(
        schema=supergraph.schema,
        supergraph=supergraph,
        planner=Planner(sdl),
        limits=Limits(),
        secretive=True,
    )
    documents = Documents(operations, {}, only_trusted=False)
    texts = [f"{{ a{number}: signs }}" for number in range(REMEMBERED + 1)]
    for text in texts:
        documents.text({"query": text, **persisted(text)})
        await asyncio.sleep(0)  # the servers beside go on
    assert [documents.text(persisted(text)) for text in texts[1:]] == texts[1:]
    with pytest.raises(Refused, match="PersistedQueryNotFound"):
        documents.text(persisted(texts[0]))


async def test_a_very_long_text_is_answered_and_not_remembered(ask: Any) -> None:
    text = "{ long: signs } #" + "x" * LONGEST
    assert await ask.post({"query": text, **persisted(text)}) == (200, {"data": {"long": 3}})
    assert await told(ask, persisted(text)) == UNKNOWN
