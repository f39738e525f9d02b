"""Makes what customers leave behind: touchpoints, follow-ups, tickets."""

from datetime import date, timedelta
from random import Random

from demo import names
from demo.catalogue import CAMPAIGNS
from demo.days import before, happened, later, moment
from demo.records import FollowUp, Ticket, Touchpoint

_KINDS = {"EXPO": "EVENT", "WEBINAR": "EVENT", "OFFLINE": "EVENT", "ADS": "AD_CLICK", "CONTENT": "DOWNLOAD"}
_PRIORITIES = ("LOW", "NORMAL", "NORMAL", "HIGH", "URGENT")
_CHANNELS = ("PHONE", "EMAIL", "WEB_CHAT", "PORTAL")
_SCORES = (5, 5, 4, 4, 4, 3, 2)


def touchpoints(key: str, until: date, count: int, rng: Random, today: date) -> tuple[Touchpoint, ...]:
    """Return how somebody met us up to that day, through the campaigns of the time."""
    made = []
    for number in range(count):
        day = min(until - timedelta(days=rng.randint(0, 20)), before(today, 1))
        running = [c for c in CAMPAIGNS if before(today, c.age) <= day <= before(today, c.age - c.days)]
        if not running:
            continue
        campaign = rng.choice(running)
        kind = _KINDS.get(campaign.channel, "PAGE_VIEW")
        made.append(Touchpoint(f"{key}/t{number}", kind, campaign.name, campaign.code, moment(day, rng)))
    return tuple(made)


def follow_ups(
    key: str, since: date, until: date, count: int, rng: Random, *, recent: bool = False
) -> tuple[FollowUp, ...]:
    """Return entries of the follow-up log between two days, in order; `recent` brings the last one near."""
    days = sorted(since + timedelta(days=rng.randint(0, max((until - since).days, 0))) for _ in range(count))
    if recent:
        days[-1] = max(days[-1], until - timedelta(days=rng.randint(0, 5)))
    kinds = rng.sample(tuple(names.FOLLOW_UPS), len(names.FOLLOW_UPS))
    made = []
    for number, day in enumerate(days):
        kind = kinds[number % len(kinds)]
        chinese, english, plan = names.FOLLOW_UPS[kind]
        made.append(FollowUp(f"{key}/f{number}", kind, f"{chinese} / {english}", plan, moment(day, rng)))
    return tuple(made)


def tickets(key: str, since: date, count: int, rng: Random, today: date) -> tuple[Ticket, ...]:
    """Return requests for help since that day; a recent one may still be open."""
    troubles = rng.sample(names.TROUBLES, len(names.TROUBLES))
    made = [
        _ticket(f"{key}/s{number}", troubles[number % len(troubles)], since, rng, today)
        for number in range(count)
    ]
    return tuple(sorted(made, key=lambda ticket: ticket.opened_at))


def open_ticket(key: str, rng: Random, today: date) -> Ticket:
    """Return a request for help of the last days that nobody has solved yet."""
    subject, _ = rng.choice(names.TROUBLES)
    opened = moment(before(today, rng.randint(1, 3)), rng)
    return Ticket(key, subject, rng.choice(_PRIORITIES), rng.choice(_CHANNELS), opened, None, "", None, "")


def _ticket(key: str, trouble: tuple[str, str], since: date, rng: Random, today: date) -> Ticket:
    opened_on = min(later(since, rng, 3, max((today - since).days, 4)), before(today, 2))
    opened = moment(opened_on, rng)
    done = happened(later(opened_on, rng, 0, 4), today)
    if done is None:
        return open_ticket(key, rng, today)
    subject, resolution = trouble
    score = rng.choice(_SCORES) if rng.random() < 0.75 else None
    comment = rng.choice(names.COMMENTS[score]) if score else ""
    resolved = max(moment(done, rng), opened + timedelta(minutes=35))
    return Ticket(
        key,
        subject,
        rng.choice(_PRIORITIES),
        rng.choice(_CHANNELS),
        opened,
        resolved,
        resolution,
        score,
        comment,
    )
