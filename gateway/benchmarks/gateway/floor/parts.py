"""What each database knows of a customer, as the 360 shows it; employees are ids until all are known."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from benchmarks.gateway.floor import statements
from finance.settings import Settings
from insight.timeline.labels import titles

Part = dict[str, Any]
_DEFAULT_AMOUNT: Decimal = Settings.model_fields["default_credit_amount"].default
_DEFAULT_CURRENCY: str = Settings.model_fields["default_credit_currency"].default


def money(amount: Decimal | None, currency: str | None) -> Part | None:
    """An amount, when it is known."""
    return None if amount is None or currency is None else {"amount": amount, "currency": currency}


def nodes(found: list[Part]) -> Part:
    """A list as connections show it."""
    return {"nodes": found}


def named(name: str | None) -> Part | None:
    """Something of which only the name is asked for."""
    return None if name is None else {"name": name}


async def customer(database: Connection, id: UUID) -> Part | None:
    """Profile, registry, contacts and follow-up."""
    row = await database.fetchrow(statements.CUSTOMER, id)
    if row is None:
        return None
    contacts = await database.fetch(statements.CONTACTS, id)
    interactions = await database.fetch(statements.INTERACTIONS, id)
    return {
        "id": row["id"],
        "name": row["name"],
        "status": row["status"],
        "industry": row["industry"],
        "region": row["region"],
        "sizeBand": row["size_band"],
        "tags": row["tags"],
        "lastFollowUpAt": row["last_follow_up_at"],
        "owner": row["owner_id"],
        "registry": {
            "registrationNumber": row["registration_number"],
            "foundedYear": row["founded_year"],
            "employees": row["employees"],
            "revenue": money(row["revenue_amount"], row["revenue_currency"]),
            "headquarters": row["headquarters"],
        },
        "contacts": nodes([_contact(each) for each in contacts]),
        "interactions": nodes([_interaction(each) for each in interactions]),
    }


def _contact(row: Record) -> Part:
    return {
        "name": row["name"],
        "title": row["title"],
        "decisionRole": row["decision_role"],
        "email": row["email"],
        "phone": row["phone"],
        "reportsTo": named(row["superior"]),
    }


def _interaction(row: Record) -> Part:
    return {
        "kind": row["kind"],
        "occurredAt": row["occurred_at"],
        "subject": row["subject"],
        "nextPlan": row["next_plan"],
        "author": row["created_by"],
    }


async def marketing(database: Connection, id: UUID) -> Part:
    """Where they came from."""
    source = await database.fetchrow(statements.SOURCE_CAMPAIGN, id)
    costs = await database.fetch(statements.COSTS, source["id"]) if source else []
    touchpoints = await database.fetch(statements.TOUCHPOINTS, id)
    campaign = source and {
        "name": source["name"],
        "channel": source["channel"],
        "totalCost": [dict(row) for row in costs],
    }
    return {"sourceCampaign": campaign, "touchpoints": nodes([_touchpoint(row) for row in touchpoints])}


def _touchpoint(row: Record) -> Part:
    return {
        "kind": row["kind"],
        "detail": row["detail"],
        "occurredAt": row["occurred_at"],
        "campaign": named(row["campaign"]),
    }


async def sales(database: Connection, id: UUID) -> Part:
    """What we sell them."""
    leads = await database.fetch(statements.LEADS, id)
    opportunities = await database.fetch(statements.OPPORTUNITIES, id)
    quotes = await database.fetch(statements.QUOTES, id)
    contracts = await database.fetch(statements.CONTRACTS, id)
    return {
        "leads": nodes([_lead(row) for row in leads]),
        "opportunities": {
            "totalCount": opportunities[0]["total"] if opportunities else 0,
            **nodes([_opportunity(row) for row in opportunities]),
        },
        "quotes": nodes([_quote(row) for row in quotes]),
        "contracts": nodes([_contract(row) for row in contracts]),
    }


def _lead(row: Record) -> Part:
    return {
        "status": row["status"],
        "source": row["source"],
        "assignedByRule": row["assigned_by_rule"],
        "owner": row["owner_id"],
    }


def _opportunity(row: Record) -> Part:
    return {
        "name": row["name"],
        "stage": row["stage"],
        "status": row["status"],
        "amount": money(row["amount"], row["currency"]),
        "engagedOn": row["engaged_on"],
        "closedOn": row["closed_on"],
        "owner": row["owner_id"],
        "product": named(row["product"]),
    }


def _quote(row: Record) -> Part:
    return {
        "number": row["number"],
        "status": row["status"],
        "total": money(row["total"], row["currency"]),
        "discountPercent": row["discount_percent"],
    }


def _contract(row: Record) -> Part:
    return {
        "id": row["id"],
        "number": row["number"],
        "title": row["title"],
        "status": row["status"],
        "total": money(row["total"], row["currency"]),
        "signedOn": row["signed_on"],
        "startsOn": row["starts_on"],
        "endsOn": row["ends_on"],
    }


async def project(database: Connection, id: UUID) -> Part:
    """What we deliver."""
    projects = await database.fetch(statements.PROJECTS, id)
    steps: dict[UUID, list[Part]] = defaultdict(list)
    if projects:
        for row in await database.fetch(statements.MILESTONES, [row["id"] for row in projects]):
            steps[row["project_id"]].append(
                {
                    "name": row["name"],
                    "dueOn": row["due_on"],
                    "status": row["status"],
                    "acceptedOn": row["accepted_on"],
                }
            )
    found = [
        {
            "name": row["name"],
            "status": row["status"],
            "manager": row["manager_id"],
            "milestones": steps[row["id"]],
        }
        for row in projects
    ]
    return {"projects": nodes(found)}


async def service_desk(database: Connection, id: UUID) -> Part:
    """How we help."""
    tickets = await database.fetch(statements.TICKETS, id)
    satisfaction = await database.fetchrow(statements.SATISFACTION, id)
    found = [
        {
            "number": row["number"],
            "subject": row["subject"],
            "priority": row["priority"],
            "status": row["status"],
            "openedAt": row["opened_at"],
            "resolvedAt": row["resolved_at"],
        }
        for row in tickets
    ]
    return {"tickets": nodes(found), "satisfaction": dict(satisfaction)}


async def finance(database: Connection, id: UUID) -> Part:
    """What they owe and paid."""
    receivables = await database.fetch(statements.RECEIVABLES, id)
    invoices = await database.fetch(statements.INVOICES, id)
    receipts = await database.fetch(statements.RECEIPTS, id)
    limit = await database.fetchrow(statements.LIMIT, id)
    amount, currency = limit or (_DEFAULT_AMOUNT, _DEFAULT_CURRENCY)
    exposure = await database.fetchval(statements.EXPOSURE, id, currency)
    return {
        "receivables": nodes([_receivable(row) for row in receivables]),
        "invoices": nodes([_invoice(row) for row in invoices]),
        "receipts": nodes([_receipt(row) for row in receipts]),
        "credit": {
            "limit": money(amount, currency),
            "exposure": money(exposure, currency),
            "available": money(amount - exposure, currency),
        },
    }


def _receivable(row: Record) -> Part:
    return {
        "name": row["name"],
        "amount": money(row["amount"], row["currency"]),
        "outstanding": money(row["outstanding"], row["currency"]),
        "dueOn": row["due_on"],
        "status": row["status"],
    }


def _invoice(row: Record) -> Part:
    return {
        "number": row["number"],
        "status": row["status"],
        "amount": money(row["amount"], row["currency"]),
        "issuedOn": row["issued_on"],
    }


def _receipt(row: Record) -> Part:
    return {
        "receivedOn": row["received_on"],
        "amount": money(row["amount"], row["currency"]),
        "unmatched": money(row["unmatched"], row["currency"]),
    }


async def automation(database: Connection, id: UUID) -> Part:
    """What is to be done."""
    found = [
        {
            "title": row["title"],
            "titleEn": row["title_en"],
            "status": row["status"],
            "dueAt": row["due_at"],
            "assignee": row["assignee_id"],
        }
        for row in await database.fetch(statements.TODOS, id)
    ]
    return {"todos": nodes(found)}


async def insight(database: Connection, id: UUID) -> Part:
    """What happened."""
    return {"timeline": nodes([_entry(row) for row in await database.fetch(statements.TIMELINE, id)])}


def _entry(row: Record) -> Part:
    zh, en = titles(row["type"], row["data"])
    return {"occurredAt": row["occurred_at"], "title": en, "titleZh": zh, "actor": row["actor_id"]}
