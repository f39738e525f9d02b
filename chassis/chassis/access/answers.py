"""What an answer says of the fields it keeps back."""

from collections.abc import Collection, Iterable
from typing import Any


def tell(answer: dict[str, Any], masked: Iterable[tuple[str, str]], selected: Collection[str]) -> None:
    """List the selected fields that were kept back in `extensions.masked`, each with the reason.

    A field that must not be null cannot be answered without its value: its error says why.
    """
    listed = [
        {"type": _type(noun), "field": field, "reason": f"{noun}.{field} is kept from your roles"}
        for noun, field in sorted(masked)
        if field.partition(".")[0] in selected
    ]
    if listed:
        answer["extensions"] = {"masked": listed}
    names = {each["field"] for each in listed}
    for error in answer.get("errors", ()):
        field = next((part for part in error.get("path", ()) if part in names), None)
        if error["extensions"]["code"] == "INTERNAL" or (field and error["extensions"]["code"] == "INVALID"):
            what = field or "Something"
            error["message"] = f"{what} is kept from you, and this has no answer without; do not ask for it"
            error["extensions"] = {"code": "FORBIDDEN", "facts": {"field": field}}


def _type(noun: str) -> str:
    return "".join(word.capitalize() for word in noun.split("_"))
