"""What a publisher says, as part of a message of ours."""

MOST_CHARACTERS = 300


def told(said: str, most: int = MOST_CHARACTERS) -> str:
    """Return the beginning of a text, in one line, with nothing that a terminal or PostgreSQL would stumble over."""
    # What comes may be a thousand times as long as what is shown of it.
    return " ".join("".join(each if each.isprintable() else " " for each in said[:most]).split())
