"""Names as the graph writes them."""


def camel(name: str) -> str:
    """Return owner_id as ownerId."""
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)
