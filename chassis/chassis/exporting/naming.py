"""Names as the graph writes them."""


def camel(name: str) -> str:
    """Return owner_id as ownerId; keys of custom fields stay as they are."""
    if "." in name:
        return name
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)
