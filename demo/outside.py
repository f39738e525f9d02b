"""Makes companies and the people in them."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from random import Random

from demo import names
from demo.records import Contact

_REGIONS = (*names.REGIONS, names.INTERNATIONAL)
_REGION_WEIGHTS = (40, 22, 22, 16)
_FORMS = ("有限公司", "有限公司", "股份有限公司", "集团有限公司")
_FORMS_ABROAD = (" Ltd", " GmbH", " Inc.", " PLC")
_BAND_EMPLOYEES = {
    "0-50": (8, 50),
    "50-200": (51, 200),
    "200-500": (201, 500),
    "500-1000": (501, 1000),
    "1000+": (1001, 6000),
}


@dataclass(frozen=True, slots=True)
class Firm:
    """What a company is, before anybody deals with it."""

    key: str
    number: int
    name: str
    domain: str
    region: str
    industry: str
    size_band: str
    employees: int
    founded_year: int


def firms(rng: Random, count: int) -> list[Firm]:
    """Return companies, no two of the same name; the first is Chinese and makes precision machinery."""
    made = [_firm(0, "苏州恒达精密机械股份有限公司", "East China", "制造业-精密机械", "500-1000", rng)]
    taken = {"苏州恒达精密机械"}
    while len(made) < count:
        region = rng.choices(_REGIONS, _REGION_WEIGHTS)[0]
        industry = rng.choice(tuple(names.INDUSTRIES))
        name = _name(region, industry, rng)
        if name not in taken:  # names that differ in the legal form only count as one
            taken.add(name)
            full = name + rng.choice(_FORMS_ABROAD if region == names.INTERNATIONAL else _FORMS)
            made.append(_firm(len(made), full, region, industry, rng.choice(names.SIZE_BANDS), rng))
    return made


def people(firm: Firm, rng: Random, roles: tuple[str, ...]) -> tuple[Contact, ...]:
    """Return one person for each decision role; every phone number is theirs alone."""
    abroad = firm.region == names.INTERNATIONAL
    met: list[Contact] = []
    for place, role in enumerate(roles):
        met.append(_person(firm, rng, place, role, abroad, {other.name for other in met}))
    return tuple(met)


def _name(region: str, industry: str, rng: Random) -> str:
    chinese, english = names.INDUSTRIES[industry]
    if region == names.INTERNATIONAL:
        return f"{rng.choice(names.BRANDS_ABROAD)} {english} {rng.choice(names.CITIES_ABROAD)}"
    return f"{rng.choice(names.REGIONS[region])}{rng.choice(names.BRANDS)}{chinese}"


def _firm(number: int, name: str, region: str, industry: str, band: str, rng: Random) -> Firm:
    return Firm(
        key=f"c{number:03d}",
        number=number,
        name=name,
        domain=f"c{number:03d}.example",
        region=region,
        industry=industry,
        size_band=band,
        employees=rng.randint(*_BAND_EMPLOYEES[band]),
        founded_year=rng.randint(1978, 2019),
    )


def _person(firm: Firm, rng: Random, place: int, role: str, abroad: bool, taken: Set[str]) -> Contact:
    number = firm.number * 4 + place
    title = names.TITLES[role][abroad]
    if abroad:
        name = _new(lambda: f"{rng.choice(names.FIRST_NAMES)} {rng.choice(names.LAST_NAMES)}", taken)
        phone = f"+44 7700 {900_000 + number:06d}"  # numbers kept free for stories
    else:
        name = _new(lambda: f"{rng.choice(names.SURNAMES)}{rng.choice(names.GIVEN_NAMES)}", taken)
        phone = f"+86 199 0000 {number:04d}"
    key = f"{firm.key}/p{place}"
    return Contact(key, name, title, role, f"{role.lower().replace('_', '.')}@{firm.domain}", phone)


def _new(name: Callable[[], str], taken: Set[str]) -> str:
    """Namesakes in one company would be taken for one person."""
    return next(found for found in iter(name, None) if found not in taken)
