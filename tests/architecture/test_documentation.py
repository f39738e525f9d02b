"""What docs/ and the TypeScript client show to callers fits the graph."""

import json
import re
from pathlib import Path

import pytest
from graphql import DocumentNode, OperationDefinitionNode, build_schema, get_variable_values, parse, validate

from gateway.errors import STATUS

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs/graphql"
SCHEMA = build_schema((ROOT / "gateway/schema.graphql").read_text())
# a `json` block right below a `graphql` block holds its variables
BLOCK = re.compile(r"^```graphql\n(.*?)^```$(?:\n\n^```json\n(.*?)^```$)?", re.M | re.S)
EXAMPLES = [
    pytest.param(text, variables, id=f"{page.name}:{number}")
    for page in sorted([*PAGES.glob("*.md"), *(ROOT / "docs").glob("*.md")])
    for number, (text, variables) in enumerate(BLOCK.findall(page.read_text()), 1)
]
DOCUMENTS = sorted([*PAGES.glob("*.graphql"), *(ROOT / "clients/typescript/documents").glob("*.graphql")])


@pytest.mark.parametrize(("text", "variables"), EXAMPLES)
def test_the_graph_accepts_every_example(text: str, variables: str) -> None:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    if variables:
        values = get_variable_values(
            SCHEMA, _operation(document).variable_definitions or (), json.loads(variables)
        )
        assert not isinstance(values, list), values


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_the_graph_accepts_every_document(file: Path) -> None:
    assert validate(SCHEMA, parse(file.read_text())) == []


def test_every_code_is_explained_with_its_status() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| (\d+)[^|]*\|$", (PAGES / "errors.md").read_text(), re.M)
    explained = {code: int(status) for code, status in rows}
    assert explained.items() >= STATUS.items()


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
