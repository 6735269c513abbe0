"""What `mangrove doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check, in the words of the user; `good` None is for information only."""

    check: str
    good: bool | None
    text: str
