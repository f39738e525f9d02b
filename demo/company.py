"""Makes everything that the demonstration company knows: the same for the same seed and day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random

from demo import names
from demo.catalogue import CAMPAIGNS, CONTACT_FORM, EVENT_FORM, PAPER_FORM, PRODUCTS
from demo.days import before, later, moment
from demo.deals import LONGEST, STAGES, lost_deal, open_deal, past_deal, won_deal
from demo.outside import Firm, firms, people
from demo.records import Company, Contact, Deal, Inquiry, PastDeal, Ticket, Touchpoint
from demo.traces import follow_ups, open_ticket, tickets, touchpoints

SEED = 20_260
WON, LOST, OPEN, OTHERS, LEADS, PROSPECTS = 34, 9, 16, 140, 18, 12  # with the rich one 200 customers
HISTORY = 715  # days
_CHAIN = ("DECISION_MAKER", "INFLUENCER", "USER")
_INTERESTS = tuple(product.name for product in PRODUCTS[:6])


def make_companies(today: date, seed: int = SEED) -> list[Company]:
    """Return 200 customers, the rich one first, then companies that are leads or prospects only."""
    kinds = (
        (_won, WON),
        (_lost, LOST),
        (_open, OPEN),
        (_other, OTHERS),
        (_lead, LEADS),
        (_prospect, PROSPECTS),
    )
    makers = [_rich, *(maker for maker, count in kinds for _ in range(count))]
    outside = firms(Random(seed), len(makers))
    return [
        maker(firm, Random(f"{seed}/{firm.key}"), today) for firm, maker in zip(outside, makers, strict=True)
    ]


def _rich(firm: Firm, rng: Random, today: date) -> Company:
    asked = before(today, 640)
    first = won_deal(f"{firm.key}/d0", later(asked, rng, 2, 4), rng, today)
    deals = [
        first,
        won_deal(f"{firm.key}/d1", before(today, 330), rng, today, late_payer=True),
        won_deal(f"{firm.key}/d2", before(today, LONGEST + 30), rng, today),
        open_deal(f"{firm.key}/d3", STAGES - 1, rng, today),
    ]
    assert first.contract is not None
    served = (
        *tickets(firm.key, first.contract.ends_on, 5, rng, today),
        open_ticket(f"{firm.key}/s9", rng, today),
    )
    met = touchpoints(f"{firm.key}/later", before(today, 40), 4, rng, today)
    chain = (*_CHAIN, "USER")
    return _journey(
        firm, rng, today, asked=asked, deals=deals, served=served, chain=chain, met=met, visits=12
    )


def _won(firm: Firm, rng: Random, today: date) -> Company:
    oldest = HISTORY - 10 if firm.number % 3 else LONGEST + 90  # a third is in delivery now
    asked = before(today, rng.randint(LONGEST + 8, oldest))
    opened = later(asked, rng, 1, 6)
    deals = [won_deal(f"{firm.key}/d0", opened, rng, today, late_payer=rng.random() < 0.15)]
    if rng.random() < 0.2:
        deals.append(open_deal(f"{firm.key}/d1", rng.randrange(STAGES), rng, today))
    contract = deals[0].contract
    assert contract is not None
    served: tuple[Ticket, ...] = ()
    if contract.accepted_on:
        served = tickets(firm.key, contract.accepted_on, rng.randint(0, 3), rng, today)
    if rng.random() < 0.2:
        served = (*served, open_ticket(f"{firm.key}/s9", rng, today))
    return _journey(firm, rng, today, asked=asked, deals=deals, served=served)


def _lost(firm: Firm, rng: Random, today: date) -> Company:
    asked = before(today, rng.randint(LONGEST + 25, HISTORY - 10))
    deal = lost_deal(f"{firm.key}/d0", later(asked, rng, 1, 6), rng)
    return _journey(firm, rng, today, asked=asked, deals=[deal], chain=_CHAIN[:2])


def _open(firm: Firm, rng: Random, today: date) -> Company:
    deal = open_deal(f"{firm.key}/d0", firm.number % STAGES, rng, today)
    asked = before(today, (today - deal.opened_at.date()).days + 3)
    return _journey(firm, rng, today, asked=asked, deals=[deal], chain=_CHAIN[:2])


def _journey(
    firm: Firm,
    rng: Random,
    today: date,
    *,
    asked: date,
    deals: Sequence[Deal],
    served: tuple[Ticket, ...] = (),
    chain: tuple[str, ...] = _CHAIN,
    met: tuple[Touchpoint, ...] = (),
    visits: int = 2,
) -> Company:
    """A customer who came by a form; the first deal is what the lead became."""
    staff = people(firm, rng, chain)
    yesterday = before(today, 1)
    opened_at = deals[0].opened_at
    signed = any(deal.contract for deal in deals)
    in_talks = any(deal.contract is None and deal.lost_at is None for deal in deals)
    return _company(
        firm,
        rng,
        staff,
        registered_at=opened_at,
        tags=tuple(rng.sample(names.TAGS, rng.choice((1, 2)))) if signed else (),
        inquiry=_inquiry(staff[1], asked, rng, _form(asked, today)),
        converted_at=opened_at,
        credit_limit=Decimal(5_000_000) if signed else None,
        touchpoints=(*touchpoints(firm.key, asked, 1, rng, today), *met),
        deals=tuple(deals),
        follow_ups=follow_ups(firm.key, opened_at.date(), yesterday, visits, rng, recent=in_talks),
        tickets=served,
    )


def _other(firm: Firm, rng: Random, today: date) -> Company:
    """A customer of the old spreadsheets, of whom less is known."""
    known = before(today, rng.randint(20, HISTORY))
    past: tuple[PastDeal, ...] = tuple(
        past_deal(f"{firm.key}/o{number}", rng, today) for number in range(rng.choice((0, 0, 1, 1, 2)))
    )
    return _company(
        firm,
        rng,
        people(firm, rng, _CHAIN[: rng.choice((0, 0, 1))]),
        registered_at=moment(known, rng),
        past_deals=past,
        follow_ups=follow_ups(firm.key, known, before(today, 1), rng.choice((0, 0, 0, 1)), rng),
    )


def _lead(firm: Firm, rng: Random, today: date) -> Company:
    """Somebody with whom sales is talking."""
    staff = people(firm, rng, ("INFLUENCER",))
    asked = before(today, rng.randint(1, 30))
    return _company(firm, rng, staff, inquiry=_inquiry(staff[0], asked, rng, CONTACT_FORM.key))


def _prospect(firm: Firm, rng: Random, today: date) -> Company:
    """Somebody who read a paper, not more yet."""
    staff = people(firm, rng, ("USER",))
    asked = before(today, rng.randint(2, 200))
    met = touchpoints(firm.key, asked, 1, rng, today)
    return _company(firm, rng, staff, inquiry=_inquiry(staff[0], asked, rng, PAPER_FORM.key), touchpoints=met)


def _form(day: date, today: date) -> str:
    """Return the sign-up of the fair in the weeks around it."""
    fair = next(before(today, one.age) for one in CAMPAIGNS if one.code == EVENT_FORM.campaign)
    return (EVENT_FORM if abs((day - fair).days) < 50 else CONTACT_FORM).key


def _inquiry(contact: Contact, day: date, rng: Random, form: str) -> Inquiry:
    return Inquiry(form, moment(day, rng), contact, rng.choice(_INTERESTS), rng.choice(names.MESSAGES))


def _company(firm: Firm, rng: Random, staff: tuple[Contact, ...], **more: object) -> Company:
    return Company(
        key=firm.key,
        name=firm.name,
        region=firm.region,
        industry=firm.industry,
        size_band=firm.size_band,
        founded_year=firm.founded_year,
        employees=firm.employees,
        source=rng.choice(names.SOURCES),
        pain_points=tuple(rng.sample(names.PAIN_POINTS, rng.randint(0, 2))),
        incumbent=rng.choice(names.INCUMBENTS),
        contacts=staff,
        **more,  # type: ignore[arg-type]
    )
