"""The index of a row, taken apart where it names addresses (RFC 2578 section 7.7, RFC 4001)."""

from collections.abc import Sequence

from agents.snmp.oids import Oid
from mangrove.record.known import Part
from mangrove.record.pseudonyms import Pseudonyms

_IP, _MAC = 4, 6


def masked_index(index: Oid, parts: Sequence[Part], others: Pseudonyms) -> Oid:
    """Return the index with other addresses. What does not have the form, and what follows, stays."""
    out: list[int] = []
    at = 0
    for part in parts:
        if at >= len(index):
            break
        if part == "inet":  # its type, its length, itself
            out += index[at : at + 2]
            size = index[at + 1] if at + 1 < len(index) else 0
            at += 2
        else:
            size = {"number": 1, "ip": _IP, "mac": _MAC, "oid": 1 + index[at]}[part]
        piece = index[at : at + size]
        if part in ("ip", "inet", "mac") and len(piece) == size and all(arc < 0x100 for arc in piece):
            piece = tuple((others.mac if part == "mac" else others.ip)(bytes(piece)))
        out += piece
        at += size
    return (*out, *index[at:])
