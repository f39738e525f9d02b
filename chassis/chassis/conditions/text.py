"""Case, the same as in the database."""


def fold(text: str) -> str:
    """Return the text in lower case, as PostgreSQL's `lower` has it: one character for one character.

    Python turns `İ` into two and the last `Σ` of a word into another than the rest.
    """
    return text.lower() if text.isascii() else text.replace("İ", "i").replace("Σ", "σ").lower()
