"""Object identifiers: dotted text, tuples of integers, and their BER content octets (X.690 section 8.19)."""

from functools import lru_cache
from typing import Final

from agents.snmp.errors import BadResponse

Oid = tuple[int, ...]

MAX_SUB_IDENTIFIERS: Final = 128
"""RFC 3416 section 4.1: a variable name has at most 128 sub-identifiers."""
MAX_SUB_IDENTIFIER: Final = 0xFFFF_FFFF
_MAX_OCTETS_EACH: Final = 5
_CONTINUES: Final = bytes(128) + b"\x01" * 128
"""For each octet whether it says that its sub-identifier goes on."""
_TOO_LONG: Final = b"\x01" * _MAX_OCTETS_EACH
_MAX_CONTENT: Final = MAX_SUB_IDENTIFIERS * _MAX_OCTETS_EACH


def oid(dotted: str) -> Oid:
    """Read "1.3.6.1" or ".1.3.6.1". Raises ValueError when it is not an object identifier."""
    parts = dotted.removeprefix(".").split(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts):
        raise ValueError(f"{dotted!r} is not a numeric object identifier such as 1.3.6.1.2.1.1.3.0")
    arcs = tuple(map(int, parts))
    encode_oid(arcs)
    return arcs


def text(arcs: Oid) -> str:
    """Write an identifier as dotted decimal without a leading dot."""
    return ".".join(map(str, arcs))


def encode_oid(arcs: Oid) -> bytes:
    """Return the content octets. Raises ValueError outside the bounds of X.660 and RFC 3416."""
    if not 2 <= len(arcs) <= MAX_SUB_IDENTIFIERS:
        raise ValueError(f"an object identifier has 2 to {MAX_SUB_IDENTIFIERS} parts, not {len(arcs)}")
    if min(arcs) < 0 or max(arcs) > MAX_SUB_IDENTIFIER or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise ValueError(f"{text(arcs)} is not an object identifier: a part is out of range")
    content = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return bytes(content)


def decode_oid(content: bytes) -> Oid:
    """Read content octets; padded sub-identifiers are taken, and no octets at all mean 0.0 as in other managers.

    Raises BadResponse when the octets end within a sub-identifier or exceed the bounds of RFC 3416.
    """
    if len(content) > _MAX_CONTENT:
        raise BadResponse(f"object identifier of {len(content)} octets, more than {_MAX_CONTENT}")
    if not content:
        return (0, 0)
    if content.isascii():  # no octet continues, so each is a sub-identifier
        first, rest = content[0], tuple(content[1:])
    else:
        first, *tail = _sub_identifiers(content)
        rest = tuple(tail)
        if tail and max(tail) > MAX_SUB_IDENTIFIER:
            raise BadResponse(f"sub-identifier above {MAX_SUB_IDENTIFIER} in an object identifier")
    if len(rest) + 2 > MAX_SUB_IDENTIFIERS:
        raise BadResponse(f"object identifier with more than {MAX_SUB_IDENTIFIERS} sub-identifiers")
    if first < 80:
        return (*divmod(first, 40), *rest)
    if first - 80 > MAX_SUB_IDENTIFIER:
        raise BadResponse(f"sub-identifier above {MAX_SUB_IDENTIFIER} in an object identifier")
    return (2, first - 80, *rest)


# A device names the same objects in every poll, and so do its neighbours of the same model. Only for names of less
# than 128 octets, so that a hostile device can fill some tens of megabytes and not more.
decode_oid_cached = lru_cache(maxsize=1 << 14)(decode_oid)


def _sub_identifiers(content: bytes) -> list[int]:
    # The checks come first and in C, so that the loop has little to do: long names are what a reply costs most with.
    if content[-1] >= 0x80:
        raise BadResponse("object identifier ends within a sub-identifier")
    if _TOO_LONG in content.translate(_CONTINUES):
        raise BadResponse(f"sub-identifier of more than {_MAX_OCTETS_EACH} octets in an object identifier")
    found: list[int] = []
    add = found.append
    octets = iter(content)
    for first in octets:
        value = first
        if first >= 0x80:
            value = first & 0x7F
            for octet in octets:
                value = value << 7 | octet & 0x7F
                if octet < 0x80:
                    break
        add(value)
    return found
