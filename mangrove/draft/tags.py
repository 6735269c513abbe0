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
OTHERS: Final[tuple[tuple[str, Oid, str], ...]] = (
    ("if_name", (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1), "ifName"),
    ("if_name", (1, 3, 6, 1, 2, 1, 2, 2, 1, 2), "ifDescr"),
    ("part", (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7), "entPhysicalName"),
    ("part", (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 2), "entPhysicalDescr"),
)
"""Tables whose index others share, and the texts by which they name it (RFC 2863, RFC 6933)."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name, the object whose text it is, None for the index, and why."""

    name: str
    oid: Oid | None
    why: Why


def tag(group: Group, rows: Sequence[Index], texts: Mapping[Oid, Mapping[Index, str]]) -> Tag:
    """Return the tag for a table with these rows. `texts` are those of OTHERS that the walk has. Of one row nothing
    shows whether a text is its name."""
    for number, column in sorted(group.columns.items()):
        said = [_text(column.get(index)) for index in rows]
        if len(rows) > 1 and all(said) and len(set(map(clean, said))) == len(said):
            return Tag(ITEM, group.column(number), Why("draft_tag", {"rows": len(rows), "example": said[0][:40]}))
    for name, oid, what in OTHERS:
        known = texts.get(oid, {})
        if rows and all(len(index) == 1 and known.get(index) for index in rows):
            return Tag(name, oid, Why("draft_tag_other", {"what": what, "example": known[rows[0]][:40]}))
    return Tag(ITEM, None, Why("draft_tag_index", {}))


def others(walk: Sequence[Varbind]) -> dict[Oid, dict[Index, str]]:
    """Return the texts of OTHERS in a walk, by object and index."""
    out: dict[Oid, dict[Index, str]] = {}
    for _, oid, _ in OTHERS:
        depth = len(oid)
        out[oid] = {one.oid[depth:]: tag_text(one) for one in walk if one.oid[:depth] == oid}
    return out


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
