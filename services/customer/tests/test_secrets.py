"""What of a company is personal, is read by nobody in the tables."""

import os

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import customer
from chassis import migrations, tls
from chassis.database import Database, uuid7
from chassis.secrets.columns import opened
from chassis.testing import MASTER_KEYS, Graph
from customer.companies.queries import CUSTOMERS
from customer.model import Model
from deploy.local.postgres import Postgres
from tests import programs

pytestmark = pytest.mark.feature("F110")

REGISTER = """mutation($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
    customer { id registry { legalRepresentative } } } }"""


async def test_the_legal_representative_is_shown_in_the_graph_and_not_in_the_table(
    graph: Graph, database: Database, postgres: Postgres
) -> None:
    profile = {"legalRepresentative": "张三丰", "registrationNumber": "91310000MA1FL0000X"}
    answer = await graph(REGISTER, {"input": {"name": "Acme", "profile": profile}})
    shown = answer.data["registerCustomer"]["customer"]
    assert shown["registry"] == {"legalRepresentative": "张三丰"}
    query = "query($id: ID!) { customer(id: $id) { registry { legalRepresentative } } }"
    assert (await graph(query, {"id": shown["id"]})).data["customer"]["registry"] == shown["registry"]
    name = tls.dsn(database.engine.url).rpartition("/")[2]
    connection = await asyncpg.connect(postgres.url, database=name)
    row = repr(await connection.fetch("SELECT c::text FROM customer c"))
    await connection.close()
    assert "Acme" in row
    assert "张三丰" not in row
    assert "张三丰".encode().hex() not in row


async def test_names_of_before_the_encryption_are_encrypted_by_the_migrating_command(
    postgres: Postgres,
) -> None:
    url = await postgres.create_database(f"customer_before_{uuid7().hex[-8:]}")

    def old(connection: Connection) -> None:
        config: Config = migrations._config(customer, connection)
        command.upgrade(config, _before())

    await migrations._run(url, old)
    database = Database(url)
    insert = """INSERT INTO customer (id, name, name_key, name_sort, status, legal_representative, version,
        created_at, updated_at) VALUES (:id, 'Old', 'old', 'old', 'contacted', '李四', 1, now(), now())"""
    id = uuid7()
    async with database.transaction() as session:
        await session.execute(text(insert), {"id": id})
    environment = {**os.environ, "ROUNDEL_DATABASE_URL": url, "ROUNDEL_MASTER_KEYS": ""}
    for keys, status in (("", 1), (MASTER_KEYS.get_secret_value(), 0), (MASTER_KEYS.get_secret_value(), 0)):
        told = {**environment, "ROUNDEL_MASTER_KEYS": keys}
        ended, _, said = await programs.run("customer", "migrate", environment=told)
        assert ended == status, said
        assert status == 0 or "Set ROUNDEL_MASTER_KEYS: customer.legal_representative" in said
    await opened(database, MASTER_KEYS, Model.metadata)
    [row] = await database.read(CUSTOMERS.by_id(), {"ids": [id]})
    assert row.legal_representative == "李四"
    await database.close()


def _before() -> str:
    """The revision before the one that encrypts."""
    for revision in migrations.revisions(customer).walk_revisions():
        if revision.doc and revision.doc.startswith("keys of encrypted columns"):
            assert isinstance(revision.down_revision, str)
            return revision.down_revision
    raise AssertionError("No revision encrypts")
