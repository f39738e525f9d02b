"""The named rules that a mapping can put on a field, each with its parameters."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chassis.cleaning import companies, reach, values
from chassis.errors import Invalid

Clean = Callable[[str], str]
Parameters = Mapping[str, str]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_RUN = "=+-@\t"  # what exports put an apostrophe before, so that no spreadsheet runs it
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Rule:
    """A way to clean a text. `parameters` names what may be given; None allows any name.

    `make` returns the function for given parameters; it raises Invalid for values it cannot use, and so does
    the function for a text that cannot be cleaned.
    """

    name: str
    description: str
    make: Callable[[Parameters], Clean]
    parameters: tuple[str, ...] | None = ()


def trim(text: str) -> str:
    """Return the text without control signs and without spaces around it."""
    clean = (text if text.isprintable() else _CONTROL.sub("", text)).strip()
    return clean[1:] if clean.startswith("'") and clean[1:2] and clean[1] in _RUN else clean


def spaces(text: str) -> str:
    """Return the text with single spaces in it."""
    return _SPACES.sub(" ", text).strip()


def width(text: str) -> str:
    """Return the text in half width: Ａ１ becomes A1."""
    return unicodedata.normalize("NFKC", text)


def _plain(work: Clean) -> Callable[[Parameters], Clean]:
    return lambda _: work


def _replace(given: Parameters) -> Clean:
    folded = {values.fold(dirty): clean for dirty, clean in given.items()}
    return lambda text: folded.get(values.fold(text), text)


def _phone(given: Parameters) -> Clean:
    region = given.get("region", reach.HOME_REGION).upper()
    if not re.fullmatch("[A-Z]{2}", region):
        raise Invalid(f"{region!r} is no region; write two letters like CN")
    return lambda text: reach.phone_number(text, region)


def _order(given: Parameters) -> str:
    order = given.get("order", "")
    if order not in ("", "dmy", "mdy"):
        raise Invalid(f"The order of a date is dmy or mdy, not {order!r}")
    return order


def _date(given: Parameters) -> Clean:
    order = _order(given)
    return lambda text: values.day(text, order).isoformat()


def _datetime(given: Parameters) -> Clean:
    order, zone = _order(given), given.get("zone", values.HOME_ZONE)
    values.instant("2026-01-01", zone=zone)
    return lambda text: values.instant(text, order, zone).isoformat()


def _number(given: Parameters) -> Clean:
    decimal = given.get("decimal", ".")
    if decimal not in (".", ","):
        raise Invalid(f"The decimal sign is a point or a comma, not {decimal!r}")
    return lambda text: f"{values.number(text, decimal):f}"


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("trim", "Removes spaces around a text, and control signs.", _plain(trim)),
        Rule("spaces", "Makes one space of several.", _plain(spaces)),
        Rule("width", "Full width becomes half width: Ａ１ → A1.", _plain(width)),
        Rule("lower", "All in small letters.", _plain(str.lower)),
        Rule("upper", "All in capital letters.", _plain(str.upper)),
        Rule("phone", "A phone number as E.164; `region` is its home, CN if not given.", _phone, ("region",)),
        Rule("email", "An e-mail address in small letters.", _plain(reach.email_address)),
        Rule("company", "A company's name without its legal form.", _plain(companies.short_name)),
        Rule(
            "credit_code",
            "A unified social credit code, its check sign tested.",
            _plain(companies.credit_code),
        ),
        Rule(
            "date",
            "A day in any usual spelling; `order` (dmy, mdy) says how 03/04/2026 is meant.",
            _date,
            ("order",),
        ),
        Rule(
            "datetime",
            "An instant; `order` as for `date`, `zone` where no offset is written.",
            _datetime,
            ("order", "zone"),
        ),
        Rule(
            "number", "A number with separators, %, 万; `decimal` is the decimal sign.", _number, ("decimal",)
        ),
        Rule("replace", "Replaces spellings: each parameter's name by its value.", _replace, None),
    )
}


def made(name: str, parameters: Parameters) -> Clean:
    """Return the function of a rule; raise Invalid for an unknown rule or a parameter it does not have."""
    rule = RULES.get(name)
    if rule is None:
        raise Invalid(f"There is no cleaning rule {name!r}; there are {', '.join(RULES)}")
    unknown = set(parameters) - set(rule.parameters or ()) if rule.parameters is not None else set()
    if unknown:
        has = ", ".join(rule.parameters or ()) or "none"
        raise Invalid(f"The rule {name} has no parameter {min(unknown)!r}; it has {has}")
    return rule.make(parameters)
