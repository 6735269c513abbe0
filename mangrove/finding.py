"""What `mangrove doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check; `good` None is for information only."""

    check: str
    good: bool | None
    text: str
