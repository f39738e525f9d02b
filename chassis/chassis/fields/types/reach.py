"""How and where somebody is reached: phone, e-mail, web, address, place on the map."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ColumnElement

from chassis.fields.definition import Definition, Json, Language
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse, within

HOME_REGION = "CN"  # numbers written without a country code
ADDRESS_PARTS = ("country", "province", "city", "district", "street", "postcode")


def _region(value: str) -> str:
    if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
        refuse(f"{value!r} is no region; write it like CN")
    return value


def e164(value: Json, region: str = HOME_REGION) -> str:
    """Return a phone number as E.164 writes it; raise Invalid for what cannot be one."""
    try:
        number = phonenumbers.parse(settings.text(value, 50), region.upper())
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        refuse(f"{value!r} is no phone number; write it like +86 138 0013 8000")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mailbox(value: Json) -> str:
    """Return an e-mail address in lower case; raise Invalid for what cannot be one."""
    given = settings.text(value, 320).strip()
    try:
        found = validate_email(given, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        refuse(f"{given!r} is no e-mail address; write it like ada@example.org")
    return found.normalized.lower()


class Phone(FieldType):
    """A phone number."""

    name = "phone"
    description = "A phone number; kept as E.164, like +8613800138000."
    searched = True
    may_be_unique = True
    settings: ClassVar[Mapping[str, Setting]] = {
        "region": settings.parsed("Where numbers without a country code are, CN if not said", _region),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return it as E.164."""
        return e164(value, definition.settings.get("region", HOME_REGION))

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return it with the usual spaces."""
        parsed = phonenumbers.parse(value)
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class Email(FieldType):
    """An e-mail address."""

    name = "email"
    description = "An e-mail address; kept in lower case."
    searched = True
    may_be_unique = True

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return it in lower case."""
        return mailbox(value)


class Url(FieldType):
    """An address in the web."""

    name = "url"
    description = "A web address with http or https."
    searched = True
    may_be_unique = True

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return it; raise Invalid unless it leads to a web site."""
        given = settings.text(value, 2000).strip()
        try:
            parts = urlsplit(given)
            right = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", given)
        except ValueError:
            right = False
        if not right:
            refuse(f"{given[:50]!r} is no web address; write it like https://example.org/page")
        return given

    def parse(self, text: str, definition: Definition) -> Json:
        """Read it, also without https."""
        given = text.strip()
        return self.validate(given if "://" in given else f"https://{given}", definition)


class Address(FieldType):
    """A postal address."""

    name = "address"
    description = "A postal address: {country, province, city, district, street, postcode}, as far as known."
    searched = True

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the parts that are known."""
        if not isinstance(value, dict) or not value.keys() <= {*ADDRESS_PARTS, "text"}:
            refuse(f"An address has the parts {', '.join(ADDRESS_PARTS)}")
        kept = {part: settings.text(value[part], 200).strip() for part in ADDRESS_PARTS if value.get(part)}
        if not any(kept.values()):
            refuse("An address has at least one part")
        return kept | {"text": self._written(kept)}

    def parse(self, text: str, definition: Definition) -> Json:
        """Take the whole text as the street."""
        return self.validate({"street": text.strip()}, definition)

    def plain(self, value: Json) -> Json:
        """Compare the address as it is written."""
        return value["text"]

    def text_of(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return the address as it is written."""
        return within(custom, definition.key, "text")

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return it from the largest part in Chinese, from the smallest in English."""
        return str(value["text"]) if language == "zh" else self._written(value, from_largest=False)

    def _written(self, parts: Mapping[str, str], *, from_largest: bool = True) -> str:
        order = ADDRESS_PARTS if from_largest else tuple(reversed(ADDRESS_PARTS))
        return ("" if from_largest else ", ").join(parts[part] for part in order if part in parts)


class GeoPoint(FieldType):
    """A place on the map."""

    name = "geo_point"
    description = "A place: {lat, lon} in degrees (WGS 84)."
    compares: ClassVar[Compared] = "nothing"

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return latitude and longitude to a decimetre."""
        if not isinstance(value, dict) or value.keys() != {"lat", "lon"}:
            refuse('A place is like {"lat": 31.2304, "lon": 121.4737}')
        lat, lon = settings.number(value["lat"]), settings.number(value["lon"])
        if abs(lat) > 90 or abs(lon) > 180:
            refuse("The latitude is within -90 and 90, the longitude within -180 and 180")
        return {"lat": round(float(lat), 6), "lon": round(float(lon), 6)}

    def parse(self, text: str, definition: Definition) -> Json:
        """Read latitude and longitude between commas."""
        lat, _, lon = text.replace("，", ",").partition(",")
        return self.validate({"lat": lat.strip(), "lon": lon.strip()}, definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return both numbers."""
        return f"{value['lat']}, {value['lon']}"


TYPES = (Phone(), Email(), Url(), Address(), GeoPoint())
