"""Composition and its refusals."""

from pathlib import Path

import pytest

from gateway.supergraph.compose import CompositionError, compose, drifted, read_services, write

HEAD = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])
"""
CUSTOMER = HEAD + 'type Query { customer(id: ID!): Customer @tag(name: "public") } '
CUSTOMER += 'type Customer @key(fields: "id") { id: ID! name: String }'
FINANCE = HEAD + 'type Customer @key(fields: "id") { id: ID! credit: Int }'


def test_services_are_named_by_their_folders_and_keep_their_tags(tmp_path: Path) -> None:
    for name, sdl in {"customer": CUSTOMER, "service_desk": FINANCE}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "schema.graphql").write_text(sdl)
    composed = compose(read_services(tmp_path))
    assert '@join__graph(name: "service_desk", url: "http://service-desk/graphql")' in composed.supergraph
    assert '@tag(name: "public")' in composed.supergraph
    assert "join__" not in composed.schema
    assert "credit: Int" in composed.schema


def test_a_changed_schema_is_noticed(tmp_path: Path) -> None:
    composed = compose({"customer": CUSTOMER, "finance": FINANCE})
    assert len(drifted(composed, tmp_path)) == 2
    write(composed, tmp_path)
    assert drifted(composed, tmp_path) == []
    changed = compose({"customer": CUSTOMER, "finance": FINANCE.replace("credit", "debt")})
    assert [file.name for file in drifted(changed, tmp_path)] == ["supergraph.graphql", "schema.graphql"]


@pytest.mark.parametrize(
    ("sdl", "told"),
    [
        (
            FINANCE.replace("credit: Int", "name: Int"),
            ('"Customer.name"', '"finance"', "give the field the same type"),
        ),
        (FINANCE.replace("credit: Int", "name: String"), ('"Customer.name"', '"finance"', "@shareable")),
        (
            FINANCE.replace("credit: Int", "credit: Money"),
            ("[finance]", "Money", "correct the service's"),
        ),
        (FINANCE + "type {", ("[finance]", "Syntax Error", "print the service's schema again")),
    ],
)
def test_a_conflict_names_service_type_and_the_way_out(sdl: str, told: tuple[str, ...]) -> None:
    with pytest.raises(CompositionError) as refusal:
        compose({"customer": CUSTOMER, "finance": sdl})
    for part in told:
        assert part in str(refusal.value)


def test_no_schema_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(CompositionError, match="make supergraph"):
        read_services(tmp_path)
