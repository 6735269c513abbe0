"""What could tell the rows of a table apart: a text of its own, the name of an interface or a part, or the index.
Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.snmp import names
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from agents.tags import octets_text, tag_text
from contract.tag_text import clean
from mangrove.draft.groups import Group, Index
from mangrove.draft.guess import Why

ITEM: Final = "item"
OTHERS: Final[tuple[tuple[str, Oid, Oid, str], ...]] = (
    ("if_name", (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1), (1, 3, 6, 1, 2, 1, 2, 2, 1, 2), "ifName"),
    ("part", (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7), (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 2), "entPhysicalName"),
)
"""Tables whose index others share, and the two texts by which they name it (RFC 2863, RFC 6933)."""
_ENOUGH: Final = 0.6
"""Share of the rows that must have a text; the others are told by their index."""
_APART: Final = 0.8
"""Share of these texts that must differ: alike ones get their index, too."""
_SMALL: Final = 16
"""Indices that every second table has."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name, the object whose text it is, and a second one; None for the index; and why."""

    name: str
    oid: Oid | None
    otherwise: Oid | None
    why: Why


def tag(group: Group, rows: Sequence[Index], texts: Mapping[Oid, Mapping[Index, str]]) -> Tag:
    """Return the tag for a table with these rows. `texts` are those of OTHERS that the walk has. Of one row nothing
    shows whether a text is its name."""
    for share in (1.0, _ENOUGH):
        for number, column in sorted(group.columns.items()):
            said = [text for index in rows if (text := _text(column.get(index)))]
            apart = 1.0 if share == 1.0 else _APART
            if len(said) > 1 and len(said) >= share * len(rows) and len(set(map(clean, said))) >= apart * len(said):
                places = {"rows": len(rows), "example": said[0][:40]}
                return Tag(ITEM, group.column(number), None, Why("draft_tag", places))
    for name, first, second, what in OTHERS:
        known = {**texts.get(second, {}), **texts.get(first, {})}
        if rows and _is_shared(rows, known):
            return Tag(name, first, second, Why("draft_tag_other", {"what": what, "example": _example(rows, known)}))
    return Tag(ITEM, None, None, Why("draft_tag_index", {}))


def others(walk: Sequence[Varbind]) -> dict[Oid, dict[Index, str]]:
    """Return the texts of OTHERS in a walk, by object and index."""
    out: dict[Oid, dict[Index, str]] = {}
    for oid in (oid for _, first, second, _ in OTHERS for oid in (first, second)):
        depth = len(oid)
        out[oid] = {one.oid[depth:]: text for one in walk if one.oid[:depth] == oid and (text := tag_text(one))}
    return out


def _example(rows: Sequence[Index], known: Mapping[Index, str]) -> str:
    return next(known[index] for index in rows if index in known)[:40]


def _is_shared(rows: Sequence[Index], known: Mapping[Index, str]) -> bool:
    """Whether rows have the index of another table, and not just a 1 and a 2 as every second table."""
    if sum(len(index) == 1 and index in known for index in rows) < _ENOUGH * len(rows):
        return False
    return max(rows) > (_SMALL,) or 2 * len(rows) >= len(known)


def _text(one: Varbind | None) -> str:
    """Return a text that somebody wrote to be read, else nothing."""
    if one is None or one.tag != names.OCTET_STRING or not isinstance(one.value, bytes):
        return ""
    try:
        one.value.decode()
    except UnicodeDecodeError:
        return ""
    text = octets_text(one.value)
    return text if any(letter.isalpha() for letter in text) else ""
