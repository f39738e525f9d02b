"""How to reach somebody: phone numbers and e-mail addresses in one spelling."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from chassis.errors import Invalid

HOME_REGION = "CN"  # of numbers written without a country code
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_BETWEEN = re.compile(r"[\s().-]")
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9](?:[a-z0-9_-]|\.(?!\.)|\+)*(?<!\.)@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
)


def phone_number(text: str, region: str = HOME_REGION) -> str:
    """Return the number as E.164; raise Invalid when it cannot be one."""
    written = unicodedata.normalize("NFKC", text)
    if region == "CN" and (mobile := _MOBILE.fullmatch(_BETWEEN.sub("", written))):
        return f"+86{mobile[1]}"  # most of ours; the library takes ten times as long to say the same
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Invalid(f"{text!r} is no phone number; write it like +86 138 0013 8000")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_address(text: str) -> str:
    """Return the address in lower case; raise Invalid when it cannot be one."""
    clean = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("mailto:")
    if len(clean) <= 64 and _PLAIN_ADDRESS.fullmatch(clean):
        return clean
    try:
        return validate_email(clean, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Invalid(f"{text!r} is no e-mail address; write it like ada@example.com") from None
