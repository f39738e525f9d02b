"""Files of companies: mapped, cleaned, checked for duplicates, told row by row, undone."""

import csv
import io
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from chassis.access import Principal
from chassis.database import Database
from chassis.edges.testing import Edge
from chassis.importing.worker import ImportWorker
from chassis.testing import Answer, Graph, employee, outbox
from customer.companies.importable import IMPORTABLE_CUSTOMERS

FIELDS = """id state done created updated skipped refused removed restored left refusedPath error
  cleaned { field rule count examples } reasons { message count } leftRows { id reason }"""
_ANSWER = f"{{ import {{ {FIELDS} }} }}"
START = f"mutation($input: StartImportInput!) {{ startCustomerImport(input: $input) {_ANSWER} }}"
UNDO = f"mutation($input: FileImportInput!) {{ undoCustomerImport(input: $input) {_ANSWER} }}"
SEEN = f"query($id: ID!) {{ customerImport(id: $id) {{ {FIELDS} }} }}"
PLAN = """query($file: ID!) { customerImportPlan(fileId: $file) {
  rows remembered headers columns { field header rules { rule parameters { name value } } }
  fields { name required } } }"""
NAMES = """{ customers(sort: {by: NAME}, first: 100) { totalCount
  nodes { id name industry region status registry { revenue { amount currency } foundedYear }
    history { nodes { action cause changes { field before after } } } } } }"""


@pytest.fixture
def clerk() -> Principal:
    """Somebody who may import customers."""
    return employee("customer:*")


class Importing:
    """What a clerk does with files."""

    def __init__(self, graph: Graph, edge: Edge, database: Database, clerk: Principal) -> None:
        self._graph, self._edge, self._clerk = graph, edge, clerk
        self.worker = ImportWorker(database, [IMPORTABLE_CUSTOMERS])

    async def send(self, body: bytes | str, name: str = "customers.csv") -> str:
        sent = body if isinstance(body, bytes) else body.encode()
        reply = await self._edge.post(f"/imports?name={name}", sent, by=self._clerk)
        assert reply.status == 201, reply.body
        return str(reply.json()["fileId"])

    async def begin(self, file: str, **input: object) -> Answer:
        return await self._graph(START, {"input": {"fileId": file, **input}}, by=self._clerk)

    async def run(self, body: bytes | str, **input: object) -> dict[str, object]:
        answer = await self.begin(await self.send(body), **input)
        assert not answer.errors, answer.errors
        await self.worker.work()
        return await self.seen(answer.data["startCustomerImport"]["import"]["id"])

    async def seen(self, id: object) -> dict[str, object]:
        answer = await self._graph(SEEN, {"id": id}, by=self._clerk)
        found: dict[str, object] = answer.data["customerImport"]
        return found

    async def undo(self, id: object) -> dict[str, object]:
        answer = await self._graph(UNDO, {"input": {"id": id}}, by=self._clerk)
        assert not answer.errors, answer.errors
        await self.worker.work()
        return await self.seen(id)

    async def refused(self, done: dict[str, object]) -> bytes:
        path = str(done["refusedPath"]).replace("/imports/customer", "/imports")
        reply = await self._edge.get(path, by=self._clerk)
        assert reply.status == 200
        return reply.body


@pytest.fixture
def importing(graph: Graph, edge: Edge, database: Database, clerk: Principal) -> Importing:
    """A clerk at work."""
    return Importing(graph, edge, database, clerk)


def counts(done: dict[str, object]) -> dict[str, object]:
    names = ("created", "updated", "skipped", "refused", "removed", "restored", "left")
    return {name: done[name] for name in names if done[name]}


@pytest.mark.feature("F19", "F21")
async def test_a_file_is_mapped_by_its_headers_cleaned_and_brought_in(
    importing: Importing, graph: Graph, database: Database
) -> None:
    file = (
        "公司名称,行业,年营收,成立年份,状态\n"
        "　上海示例科技有限公司 ,制造业,3.5万,2001,意向明确\n"
        'Acme Inc,retail,"1,200.50",,signed\n'
    )

    done = await importing.run(file)

    assert (done["state"], counts(done)) == ("DONE", {"created": 2})
    nodes = (await graph(NAMES)).data["customers"]["nodes"]
    assert [node["name"] for node in nodes] == ["Acme Inc", "上海示例科技有限公司"]
    assert nodes[0]["registry"]["revenue"] == {"amount": "1200.5", "currency": "CNY"}
    assert (nodes[1]["status"], nodes[1]["registry"]["foundedYear"]) == ("INTERESTED", 2001)
    assert [event.type for event in await outbox(database)] == ["roundel.customer.v1.CustomerRegistered"] * 2
    [entry] = nodes[1]["history"]["nodes"]
    assert (entry["action"], entry["cause"]) == ("CREATED", done["id"])
    assert {"field": "industry", "before": None, "after": "制造业"} in entry["changes"]


@pytest.mark.feature("F21")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_csv_comes_in_the_usual_encodings_with_any_separator(
    importing: Importing, graph: Graph, encoding: str
) -> None:
    await importing.run("公司名称;行业\n上海示例科技有限公司;零售, 批发\n".encode(encoding))

    [node] = (await graph(NAMES)).data["customers"]["nodes"]
    assert (node["name"], node["industry"]) == ("上海示例科技有限公司", "零售, 批发")


@pytest.mark.feature("F21")
async def test_a_spreadsheet_comes_in_and_its_error_file_is_one_too(importing: Importing) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for line, row in enumerate(
        [["Company", "Since", "Employees"], ["Acme", date(2026, 1, 2), 12], ["Bolt", "", "many"]]
    ):
        sheet.write_row(line, 0, row)
    book.close()

    done = await importing.run(file.getvalue())

    assert counts(done) == {"created": 1, "refused": 1}
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(await importing.refused(done)))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert rows[0] == ["Company", "Since", "Employees", "row", "error_code", "error_message"]
    assert rows[1] == [
        "Bolt",
        "",
        "many",
        3,
        "INVALID",
        "employees: 'many' is no number; write it like 1234.50",
    ]


@pytest.mark.feature("F21")
async def test_refused_rows_come_back_with_their_reasons_and_go_in_when_mended(
    importing: Importing, graph: Graph
) -> None:
    done = await importing.run("Company,Employees,Note\nAcme,12,=1+1\n,5,no name\nBolt,x,+1\n")

    assert counts(done) == {"created": 1, "refused": 2}
    text = (await importing.refused(done)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Employees"], row["row"], row["error_message"]) for row in rows] == [
        ("5", "3", "name: is missing"),
        ("x", "4", "employees: 'x' is no number; write it like 1234.50"),
    ]
    assert rows[1]["Note"] == "'+1"  # no spreadsheet runs it

    mended = text.replace(",5,no name", "Cube,5,no name").replace("Bolt,x", "Bolt,7")
    assert counts(await importing.run(mended)) == {"created": 2}


@pytest.mark.feature("F21")
@pytest.mark.parametrize(
    ("policy", "ended", "region"),
    [
        ("SKIP", {"created": 1, "skipped": 2}, "East"),
        ("UPDATE", {"created": 1, "updated": 2}, "North"),
        ("CREATE", {"created": 1, "refused": 2}, "East"),
    ],
)
async def test_a_known_company_is_skipped_updated_or_entered_again_as_the_policy_says(
    importing: Importing, graph: Graph, policy: str, ended: dict[str, object], region: str
) -> None:
    await importing.run("name,region,industry\nAcme Inc,East,retail\n")

    done = await importing.run("name,region\nＡＣＭＥ,West\nBolt,South\nAcme Ltd.,North\n", duplicates=policy)

    assert counts(done) == ended
    acme = (await graph(NAMES)).data["customers"]["nodes"][0]
    assert (acme["region"], acme["industry"]) == (region, "retail")


@pytest.mark.feature("F21")
async def test_a_dry_run_reports_and_leaves_nothing(
    importing: Importing, graph: Graph, database: Database
) -> None:
    done = await importing.run("name,employees\nＡcme,5\nBolt,x\n", dryRun=True)

    assert (done["state"], counts(done)) == ("DONE", {"created": 1, "refused": 1})
    assert done["cleaned"] == [{"field": "name", "rule": "width", "count": 1, "examples": ["Ａcme → Acme"]}]
    assert done["reasons"] == [{"message": "employees: 'x' is no number; write it like 1234.50", "count": 1}]
    assert (await graph(NAMES)).data["customers"]["totalCount"] == 0
    assert not await outbox(database)


@pytest.mark.feature("F21")
async def test_a_mapping_is_suggested_then_remembered_for_files_with_the_same_headers(
    importing: Importing, graph: Graph, clerk: Principal
) -> None:
    file = "Firma,Compny size,公司名称\nx,50-200,Acme\n"
    plan = (await graph(PLAN, {"file": await importing.send(file)}, by=clerk)).data["customerImportPlan"]
    assert (plan["rows"], plan["remembered"]) == (1, False)
    assert {"field": "name", "header": "公司名称", "rules": None} in plan["columns"]

    columns = [
        {"field": "name", "header": "公司名称"},
        {"field": "source", "value": "展会"},
        {
            "field": "industry",
            "header": "Firma",
            "rules": [{"rule": "replace", "parameters": [{"name": "X", "value": "零售"}]}],
        },
    ]
    await importing.run(file, columns=columns)

    again = (await graph(PLAN, {"file": await importing.send(file)}, by=clerk)).data["customerImportPlan"]
    assert again["remembered"] is True
    assert [column["field"] for column in again["columns"]] == ["name", "source", "industry"]
    [node] = (await graph(NAMES)).data["customers"]["nodes"]
    assert node["industry"] == "零售"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([{"field": "nme", "header": "name"}], "has no field 'nme'"),
        ([{"field": "name", "header": "nam"}], "has no column 'nam'"),
        ([{"field": "name", "header": "name", "rules": [{"rule": "magic"}]}], "no cleaning rule 'magic'"),
        ([{"field": "region", "header": "name"}], "Map name too"),
        ([{"field": "name"}], "either a header or a value"),
        (
            [
                {
                    "field": "name",
                    "header": "name",
                    "rules": [{"rule": "date", "parameters": [{"name": "order", "value": "x"}]}],
                }
            ],
            "dmy or mdy",
        ),
    ],
)
async def test_a_mapping_that_does_not_fit_is_refused(
    importing: Importing, columns: list[object], message: str
) -> None:
    answer = await importing.begin(await importing.send("name\nAcme\n"), columns=columns)

    assert answer.codes == ["INVALID"]
    assert message in answer.errors[0]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"PK\x03\x04 no archive", 400),
        (b"\xd0\xcf\x11\xe0 old", 400),
        (b"name\n\xff\xfe\x80\x81\n", 400),
        (b"name\nAcme,too many,cells\n", 400),
        (b"name\n" + b"x" * 40_000 + b"\n", 400),
        (b",".join(b"c" for _ in range(501)) + b"\n", 413),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(edge: Edge, body: bytes, status: int) -> None:
    reply = await edge.post("/imports?name=x", body)

    assert reply.status == status
    assert reply.json()["errors"][0]["message"]


async def test_files_and_imports_are_for_those_who_may_and_their_own(
    importing: Importing, graph: Graph, edge: Edge
) -> None:
    stranger = employee("customer:import")
    assert (await edge.post("/imports", b"name\n", by=employee("lead:import"))).status == 403
    assert (await edge.get("/imports/x/refused")).status == 401

    done = await importing.run("name,employees\nAcme,x\n")
    assert (await graph(SEEN, {"id": done["id"]}, by=stranger)).data == {"customerImport": None}
    assert (await graph(SEEN, {"id": done["id"]}, by=employee("customer:read"))).codes == ["FORBIDDEN"]
    path = str(done["refusedPath"]).replace("/customer", "")
    assert (await edge.get(path, by=stranger)).status == 404
    file = await importing.send("name\nBolt\n")
    assert (await graph(START, {"input": {"fileId": file}}, by=stranger)).codes == ["NOT_FOUND"]


@pytest.mark.feature("F21")
async def test_an_import_is_undone_as_far_as_nobody_touched_its_rows(
    importing: Importing, graph: Graph, database: Database
) -> None:
    await importing.run("name,region\nKnown,East\n")
    done = await importing.run("name,region\nKnown,West\nFresh,\nTouched,\nReferred,\n", duplicates="UPDATE")
    nodes = {node["name"]: node for node in (await graph(NAMES)).data["customers"]["nodes"]}
    touch = 'mutation($id: ID!) { tagCustomer(input: {id: $id, add: ["A"]}) { customer { id } } }'
    refer = 'mutation($id: ID!) { addContact(input: {customerId: $id, name: "Ada"}) { contact { id } } }'
    await graph(touch, {"id": nodes["Touched"]["id"]})
    await graph(refer, {"id": nodes["Referred"]["id"]})

    undone = await importing.undo(done["id"])

    assert (undone["state"], undone["removed"], undone["restored"], undone["left"]) == ("UNDONE", 1, 1, 2)
    left = {row["id"]: row["reason"] for row in undone["leftRows"]}  # type: ignore[attr-defined]
    assert left == {
        nodes["Touched"]["id"]: "It was changed since",
        nodes["Referred"]["id"]: "Something refers to it",
    }
    now = {node["name"]: node["region"] for node in (await graph(NAMES)).data["customers"]["nodes"]}
    assert now == {"Known": "East", "Touched": None, "Referred": None}
    assert "roundel.customer.v1.CustomerRemoved" in [event.type for event in await outbox(database)]


async def test_a_cancelled_import_stops_where_it_is(
    importing: Importing, graph: Graph, clerk: Principal
) -> None:
    answer = await importing.begin(await importing.send("name\nAcme\n"))
    id = answer.data["startCustomerImport"]["import"]["id"]
    cancel = "mutation($input: FileImportInput!) { cancelCustomerImport(input: $input) { import { state } } }"
    assert not (await graph(cancel, {"input": {"id": id}}, by=clerk)).errors

    assert await importing.worker.work() is False
    assert (await graph(cancel, {"input": {"id": id}}, by=clerk)).codes == ["CONFLICT"]
    assert (await importing.seen(id))["state"] == "CANCELLED"


async def test_one_bad_row_does_not_cost_the_others(importing: Importing) -> None:
    rows = "".join(f"Company {number},E{number}\n" for number in range(1200))
    done = await importing.run("name,external id\n" + rows + "Another,E7\n" + "Tail,\n")

    assert counts(done) == {"created": 1201, "skipped": 1}


@pytest.mark.feature("F21", "F110")
async def test_what_is_stored_encrypted_is_nowhere_in_plain_text_while_it_comes_in_either(
    importing: Importing, graph: Graph, database: Database
) -> None:
    await importing.run("name,法人\nAcme,王秘密\nBolt,李机密\n")
    done = await importing.run("name,法人\nＡcme,王 新密  码\nBolt,\nCube,赵隐密\n", duplicates="UPDATE")
    assert counts(done) == {"created": 1, "updated": 2}

    seen = "{ customers(sort: {by: NAME}) { nodes { name registry { legalRepresentative } } } }"
    nodes = (await graph(seen)).data["customers"]["nodes"]
    assert [node["registry"]["legalRepresentative"] for node in nodes] == ["王 新密 码", "李机密", "赵隐密"]
    for table in ("customer", "import_chunk", "import_outcome", "import_job", "import_file", "audit_entry"):
        for row in await database.read(text(f"SELECT t::text AS line FROM {table} AS t")):
            for secret in ("王秘密", "李机密", "新密", "赵隐密"):
                assert secret not in row.line, (table, secret)
                assert secret.encode().hex() not in row.line, (table, secret)

    await importing.undo(done["id"])
    nodes = (await graph(seen)).data["customers"]["nodes"]
    assert [node["registry"]["legalRepresentative"] for node in nodes] == ["王秘密", "李机密"]


@pytest.mark.feature("F21")
@pytest.mark.parametrize("policy", ["SKIP", "UPDATE", "CREATE"])
async def test_a_dry_run_counts_what_the_real_run_does_also_for_repeats_far_apart(
    importing: Importing, database: Database, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    monkeypatch.setattr("chassis.importing.files.CHUNK", 2)
    file = "name,external id\nAcme,1\nBolt,2\nCube,3\nACME Inc,\nDyna,2\nACME,\nEcho,4\n"

    tried = await importing.run(file, duplicates=policy, dryRun=True)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM unique_key")) == 0

    done = await importing.run(file, duplicates=policy)
    assert counts(tried) == counts(done)
