"""Names of people and teams, in any script."""

from chassis.errors import Invalid


def clean(name: str, what: str) -> str:
    """Return the name with its spaces in order; raise Invalid for an empty or endless one."""
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= 200:
        raise Invalid(f"The name of {what} has 1 to 200 characters", path=("input", "name"))
    return cleaned
