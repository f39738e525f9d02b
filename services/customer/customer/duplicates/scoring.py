"""How sure it is that two records are one: a score of 0 to 100 and the reasons for it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

LISTED = 80  # a pair below is not shown to anybody

_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十]+")


class Reason(StrEnum):
    """What speaks for two records being one."""

    REGISTRATION_NUMBER = "registration_number"
    SAME_SOUND = "same_sound"
    SIMILAR_NAME = "similar_name"
    SAME_NAME = "same_name"
    SHARED_CONTACT = "shared_contact"
    SAME_EMAIL = "same_email"
    SAME_PHONE = "same_phone"
    SIMILAR_PHONE = "similar_phone"


class Verdict(NamedTuple):
    """What a comparison says."""

    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """What is compared of a company."""

    name_key: str
    name_sort: str
    registration_number: str | None = None
    reached_by: frozenset[str] = field(default=frozenset())  # numbers and addresses of its contacts


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared of a contact."""

    name: str
    company: str
    phone: str | None = None
    email: str | None = None


def companies(a: Company, b: Company) -> Verdict:
    """Compare two companies; different registration numbers speak against all else."""
    numbers = [(each.registration_number or "").replace(" ", "").upper() for each in (a, b)]
    if all(numbers) and numbers[0] != numbers[1]:
        return Verdict(0, ())
    alike, reason = _names_of_companies(a, b)
    if all(numbers):
        return Verdict(99, (Reason.REGISTRATION_NUMBER, *reason))
    if a.reached_by & b.reached_by:
        together = min(99, alike + 10) if reason else round(40 + alike / 2)
        return Verdict(together, (*reason, Reason.SHARED_CONTACT))
    return Verdict(alike if reason else 0, reason)


def _names_of_companies(a: Company, b: Company) -> tuple[int, tuple[Reason, ...]]:
    if sorted(_NUMBERS.findall(a.name_key)) != sorted(_NUMBERS.findall(b.name_key)):
        return 0, ()  # 第一分公司 and 第二分公司, Plant 1 and Plant 2 are alike and not the same
    if a.name_sort == b.name_sort:
        return 95, (Reason.SAME_SOUND,)
    alike = round(fuzz.ratio(a.name_key, b.name_key))
    return alike, (Reason.SIMILAR_NAME,) if alike >= LISTED else ()


def people(a: Person, b: Person) -> Verdict:
    """Compare two contacts: by their number, their address, or their name within one company."""
    name = _names_of_people(a.name, b.name)
    if a.email and b.email and a.email.casefold() == b.email.casefold():
        return Verdict(round(80 + name / 5), (Reason.SAME_EMAIL, *_named(name)))
    if a.phone and a.phone == b.phone:  # several people may share the number of a switchboard
        return Verdict(round(60 + name * 0.4), (Reason.SAME_PHONE, *_named(name)))
    if a.company != b.company or name < 85:
        return Verdict(0, ())
    if a.phone and b.phone:
        return _by_similar_phone(name, a.phone, b.phone)
    return Verdict(round(name), _named(name))


def _by_similar_phone(name: float, a: str, b: str) -> Verdict:
    """Two numbers speak against one person, unless one of them looks like a slip of the other."""
    if DamerauLevenshtein.distance(a, b) == 1:
        return Verdict(round(name), (*_named(name), Reason.SIMILAR_PHONE))
    return Verdict(round(name) - 25, _named(name))


def _names_of_people(a: str, b: str) -> float:
    """Compare in both orders of given and family name; 0 to 100."""
    first, second = a.casefold(), b.casefold()
    turned = " ".join(reversed(second.split()))
    return 100 * max(JaroWinkler.similarity(first, second), JaroWinkler.similarity(first, turned))


def _named(alike: float) -> tuple[Reason, ...]:
    return (Reason.SAME_NAME,) if alike == 100 else (Reason.SIMILAR_NAME,) if alike >= 85 else ()
