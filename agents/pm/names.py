"""Names of objects in performance files, and the cells that they are. Pure.

A distinguished name (TS 32.300) is parts from the root down, parted by commas; some vendors part them by slashes. What
a file says in full in one place may be relative in another: a key of the inventory is the last parts of the name, or
all of it.
"""

from collections.abc import Mapping
from typing import TypeVar

MAX_PARTS = 32

Found = TypeVar("Found")


def plain(name: str) -> str:
    """Return a name in the one form in which names are compared: without white space around its parts."""
    return ",".join([part for given in name.replace("/", ",").split(",") if (part := given.strip())])


def joined(*names: str) -> str:
    """Return the name of an object that is named relative to others, from the root down; empty ones are left out."""
    return plain(",".join(names))


def owner(name: str, known: Mapping[str, Found]) -> Found | None:
    """Return what has the longest end of a plain name as its plain key."""
    at = 0
    for _ in range(MAX_PARTS):
        found = known.get(name[at:])
        at = name.find(",", at) + 1
        if found is not None or not at:
            return found
    return None
