"""The company itself: teams, employees, products, campaigns, forms, assignment rules."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from demo.catalogue import CAMPAIGNS, EMPLOYEES, FORMS, HEAD_OFFICE, PRODUCTS, RULES, TEAMS
from demo.world import World

CURRENCY = "CNY"
_FOUNDED = 731  # days ago


async def set_up_people(world: World) -> None:
    """Teams and the employees in them; nobody but the administrator can sign in yet."""
    founded = _morning(world, _FOUNDED)
    await world.create("Teams", "createTeam", {"head": {"name": HEAD_OFFICE, "at": founded}}, "team")
    head = world.ids["team/head"]
    regions = {region: {"name": name, "parentId": head, "at": founded} for region, name in TEAMS.items()}
    await world.create("Teams", "createTeam", regions, "team")
    employees = {
        one.login: {
            "email": one.email,
            "name": one.name,
            "roles": [one.role],
            "teamId": world.ids[f"team/{one.region or 'head'}"],
            "at": founded,
        }
        for one in EMPLOYEES
    }
    await world.create("Employees", "registerEmployee", employees, "employee")


async def set_up_sales(world: World) -> None:
    """Products with prices, and who gets which leads."""
    since = (world.today - timedelta(days=_FOUNDED)).isoformat()
    rows = {
        one.sku: {
            "sku": one.sku,
            "name": one.name,
            "series": one.series,
            "listPrice": cny(one.price),
            "validFrom": since,
        }
        for one in PRODUCTS
    }
    await world.bring_in("Products", "importProducts", rows, "product")
    rules = {}
    for position, rule in enumerate(RULES, 1):
        conditions = [dict(zip(("field", "operator", "value"), one, strict=True)) for one in rule.conditions]
        who: dict[str, Any] = {"ownerIds": [world.ids[f"employee/{login}"] for login in rule.logins]}
        if rule.region:
            who = {"teamId": world.ids[f"team/{rule.region}"]}
        rules[rule.name] = {
            "name": rule.name,
            "position": position,
            "condition": {"combinator": "and", "rules": conditions},
            **who,
        }
    await world.change("Assignment rules", "defineAssignmentRule", rules, "assignmentRule { id }")


async def set_up_marketing(world: World) -> None:
    """Campaigns with their costs, and the forms on the web."""
    campaigns, costs = {}, {}
    for one in CAMPAIGNS:
        starts = world.today - timedelta(days=one.age)
        campaigns[one.code] = {
            "name": one.name,
            "channel": one.channel,
            "sourceCode": one.code,
            "startsOn": starts.isoformat(),
            "endsOn": (starts + timedelta(days=one.days)).isoformat(),
            "budget": cny(one.budget * 1000),
            "at": _morning(world, one.age),
        }
    await world.create("Campaigns", "launchCampaign", campaigns, "campaign")
    for one in CAMPAIGNS:
        for number, cost in enumerate(one.costs):
            costs[f"{one.code}/{number}"] = {
                "campaignId": world.ids[f"campaign/{one.code}"],
                "amount": cny(cost * 1000),
                "at": _morning(world, one.age - min(one.days, 25 * number)),
            }
    await world.change("Campaign costs", "recordCampaignCost", costs, "cost { id }")
    await _put_forms_on_the_web(world)


async def _put_forms_on_the_web(world: World) -> None:
    forms = {
        form.key: {
            "key": form.key,
            "title": form.title,
            "source": "website",
            "campaignId": world.ids[f"campaign/{form.campaign}"],
            "qualifies": form.qualifies,
            "fields": [
                {
                    "name": name,
                    "labelZh": chinese,
                    "labelEn": english,
                    "type": _type(name),
                    "required": required,
                }
                for name, chinese, english, required in form.fields
            ],
        }
        for form in FORMS
    }
    await world.create("Forms", "createIntakeForm", forms, "form")
    published = {form.key: {"id": world.ids[f"form/{form.key}"]} for form in FORMS}
    await world.change("Forms", "publishIntakeForm", published, "form { id }")


def cny(amount: object) -> dict[str, str]:
    """Return an amount of the company's currency as the graph takes it."""
    return {"amount": str(amount), "currency": CURRENCY}


def _type(name: str) -> str:
    return {"email": "EMAIL", "phone": "PHONE"}.get(name, "TEXT")


def _morning(world: World, days_ago: int) -> str:
    day: date = world.today - timedelta(days=max(days_ago, 1))
    return datetime.combine(day, time(1), UTC).isoformat()
