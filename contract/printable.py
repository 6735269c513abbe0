"""Texts of others on one line of ours: in a log, on a terminal, in an error."""


def printable(text: str) -> str:
    """Return a text with what is not printable escaped: line ends, controls, marks that turn the direction of writing,
    halves of characters."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
