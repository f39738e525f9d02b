"""What form of answer a caller asked for."""

from collections.abc import Mapping
from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

LONGEST = 500  # characters of a header that is worth reading and remembering


def media_type(accept: str) -> str:
    """The media type of the answer; JSON for callers who name neither."""
    wanted = _weights(accept[:LONGEST])
    return GRAPHQL if wanted.get(GRAPHQL, 0) >= max(wanted.get(JSON, 0), 0.001) else JSON


def expects_json_only(accept: str) -> bool:
    """Whether the caller knows no other media type, and so reads the status as that of the transport."""
    wanted = _weights(accept[:LONGEST])
    return JSON in wanted and media_type(accept) == JSON and "*/*" not in wanted


def content_coding(accept_encoding: str) -> str | None:
    """The coding of the answer's content: br, gzip or none."""
    wanted = _weights(accept_encoding[:LONGEST])
    return next((coding for coding in ("br", "gzip") if wanted.get(coding, 0) > 0), None)


@lru_cache(maxsize=512)
def _weights(header: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        found[name] = next((_number(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
