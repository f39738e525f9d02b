"""How companies become customers: forms, prospects, leads, registrations, contacts."""

from typing import Any

from demo.catalogue import EMPLOYEES, PAPER_FORM
from demo.records import Company, Inquiry
from demo.steps.setting_up import cny
from demo.world import World


async def take_inquiries(world: World) -> None:
    """Forms are filled in; prospects come of them, and leads that the rules give to their owners."""
    inquiries = {one.key: (one, one.inquiry) for one in world.companies if one.inquiry}
    submissions = {key: _submission(*both) for key, both in inquiries.items()}
    await world.change("Forms filled in", "submitIntakeForm", submissions, "receipt")
    keys = {inquiry.contact.email: key for key, (_, inquiry) in inquiries.items()}
    prospects = await world.arrived("Prospects", "prospects", "ProspectFilter.email", list(keys), "id email")
    for prospect in prospects:
        world.ids[f"prospect/{keys[prospect['email']]}"] = prospect["id"]
    await _await_leads(
        world, [key for key, (_, inquiry) in inquiries.items() if inquiry.form != PAPER_FORM.key]
    )


async def register_customers(world: World) -> None:
    """Companies become customers of their leads' owners, or of somebody of their region."""
    inputs = {one.key: _registration(world, one) for one in world.customers}
    await world.create("Customers", "registerCustomer", inputs, "customer")
    tagged = {
        one.key: {"id": world.ids[f"customer/{one.key}"], "add": list(one.tags)}
        for one in world.customers
        if one.tags
    }
    await world.change("Tags", "tagCustomer", tagged, "customer { id }")
    limits = {
        one.key: {
            "customerId": world.ids[f"customer/{one.key}"],
            "limit": cny(one.credit_limit),
            "at": one.registered_at.isoformat(),
        }
        for one in world.customers
        if one.registered_at and one.credit_limit
    }
    await world.change("Credit limits", "setCreditLimit", limits, "creditLimit { id }")


async def add_contacts(world: World) -> None:
    """The people there, each reporting to the one above in the decision chain."""
    for place in range(max(len(one.contacts) for one in world.customers)):
        inputs = {}
        for one in world.customers:
            for person in one.contacts[place : place + 1]:
                above = min(place - 1, 1)  # everybody further down reports to the second
                inputs[person.key] = {
                    "customerId": world.ids[f"customer/{one.key}"],
                    "name": person.name,
                    "title": person.title,
                    "decisionRole": person.decision_role,
                    "email": person.email,
                    "phone": person.phone,
                    "reportsToId": world.ids[f"contact/{one.contacts[above].key}"] if place else None,
                }
        await world.create("Contacts", "addContact", inputs, "contact")


async def record_touchpoints(world: World) -> None:
    """What prospects did apart from filling in forms."""
    inputs = {
        met.key: {
            "prospectId": world.ids[f"prospect/{one.key}"],
            "kind": met.kind,
            "detail": met.detail,
            "campaignId": world.ids[f"campaign/{met.campaign}"],
            "at": met.at.isoformat(),
        }
        for one in world.companies
        for met in one.touchpoints
    }
    await world.change("Touchpoints", "recordTouchpoint", inputs, "touchpoint { id }")


async def follow_up(world: World) -> None:
    """The follow-up log."""
    inputs: dict[str, dict[str, Any]] = {}
    for one in world.customers:
        for entry in one.follow_ups:
            inputs[entry.key] = {
                "customerId": world.ids[f"customer/{one.key}"],
                "contactId": world.ids[f"contact/{one.contacts[0].key}"] if one.contacts else None,
                "kind": entry.kind,
                "subject": entry.subject,
                "nextPlan": entry.next_plan,
                "at": entry.at.isoformat(),
            }
    await world.change("Follow-ups", "logInteraction", inputs, "interaction { id }")


async def _await_leads(world: World, keys: list[str]) -> None:
    companies = {world.ids[f"prospect/{key}"]: key for key in keys}
    selection = "id prospectId owner { id }"
    for lead in await world.arrived("Leads", "leads", "LeadFilter.prospectId", list(companies), selection):
        key = companies[lead["prospectId"]]
        world.ids[f"lead/{key}"] = lead["id"]
        if lead["owner"]:
            world.owners[key] = lead["owner"]["id"]


def _submission(one: Company, inquiry: Inquiry) -> dict[str, Any]:
    answers = {"company": one.name, "contact_name": inquiry.contact.name, "email": inquiry.contact.email}
    if inquiry.form != PAPER_FORM.key:
        answers |= {
            "phone": inquiry.contact.phone,
            "region": one.region,
            "industry": one.industry,
            "product_interest": inquiry.interest,
            "message": inquiry.message,
        }
    return {
        "formKey": inquiry.form,
        "answers": [{"name": name, "value": value} for name, value in answers.items()],
        "page": f"https://www.ruida.example/{inquiry.form}",
        "at": inquiry.at.isoformat(),
    }


def _registration(world: World, one: Company) -> dict[str, Any]:
    assert one.registered_at is not None
    sellers = [employee.login for employee in EMPLOYEES if employee.region == one.region]
    seller = world.ids[f"employee/{sellers[len(one.name) % len(sellers)]}"]
    world.owners.setdefault(one.key, seller)
    return {
        "name": one.name,
        "at": one.registered_at.isoformat(),
        "profile": {
            "industry": one.industry,
            "region": one.region,
            "sizeBand": one.size_band,
            "source": one.source,
            "painPoints": list(one.pain_points),
            "incumbent": one.incumbent,
            "employees": one.employees,
            "foundedYear": one.founded_year,
            "ownerId": world.owners[one.key],
        },
    }
