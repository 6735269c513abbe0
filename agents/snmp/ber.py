"""Bounded BER: the part of X.690 that SNMP uses (RFC 3417 section 8).

Nothing here recurses: a caller reads one header at a time and gives the end that the next one must respect.
Lengths may be longer than needed, as RFC 3417 allows; the indefinite form is refused.
"""

import math
import struct
from typing import Final

from agents.snmp import names
from agents.snmp.errors import BadResponse
from agents.snmp.oids import Oid, decode_oid, encode_oid

Value = int | bytes | Oid | None

MAX_DATAGRAM: Final = 65_507
"""The most that UDP over IPv4 carries, in octets."""
MAX_INTEGER_OCTETS: Final = 9
_INT64: Final = 1 << 63
_FLOATS: Final = {b"\x9f\x78\x04": struct.Struct(">f"), b"\x9f\x79\x08": struct.Struct(">d")}


def encode_length(length: int) -> bytes:
    """Return the shortest definite form (X.690 section 8.1.3)."""
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def encode(tag: int, content: bytes) -> bytes:
    """Return one element of any type; also a SEQUENCE or PDU of parts already joined."""
    return bytes((tag,)) + encode_length(len(content)) + content


def encode_integer(value: int) -> bytes:
    """Return an INTEGER. Raises ValueError outside 64 bits."""
    if not -_INT64 <= value < _INT64:
        raise ValueError(f"{value} does not fit into 64 bits")
    return encode(names.INTEGER, _signed(value))


def encode_value(tag: int, value: Value) -> bytes:
    """Return any value of RFC 3416. Raises ValueError when the value does not suit the tag."""
    if tag in names.EMPTY and value is None:
        return encode(tag, b"")
    if isinstance(value, int):
        if tag == names.INTEGER:
            return encode_integer(value)
        if 0 <= value <= names.UNSIGNED_MAX.get(tag, -1):
            return encode(tag, _signed(value))
    if isinstance(value, bytes) and (tag in (names.OCTET_STRING, names.OPAQUE) or _is_ip_address(tag, value)):
        return encode(tag, value)
    if isinstance(value, tuple) and tag == names.OBJECT_IDENTIFIER:
        return encode(tag, encode_oid(value))
    raise ValueError(f"{value!r} is no value for tag {tag:#04x}")


def read_header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return the tag, the start and the stop of the content at `at`, which lies wholly before `end`.

    Raises BadResponse when it is truncated, reaches beyond `end` or has no definite length.
    """
    if at + 2 > end:
        raise BadResponse(f"truncated at byte {at}: a tag and a length are missing")
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= 0x80:
        octets = length & 0x7F
        if octets == 0:
            raise BadResponse(f"indefinite length at byte {at + 1}")
        if start + octets > end:
            raise BadResponse(f"truncated at byte {at}: the length itself is cut")
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        beyond = start + length - end
        far = str(beyond) if beyond <= MAX_DATAGRAM else f"more than {MAX_DATAGRAM}"  # it may have 300 digits
        raise BadResponse(f"the element at byte {at} reaches {far} octets too far")
    return tag, start, start + length


def read_expected(tag: int, what: str, data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return start and stop of an element that must have this tag. Raises BadResponse."""
    found, start, stop = read_header(data, at, end)
    if found != tag:
        raise BadResponse(f"{what} at byte {at} has tag {found:#04x} instead of {tag:#04x}")
    return start, stop


def read_integer(what: str, data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return an INTEGER and the byte after it. Raises BadResponse."""
    start = at + 2
    if start <= end and data[at] == names.INTEGER and 1 <= (length := data[at + 1]) <= 4 and start + length <= end:
        return int.from_bytes(data[start : start + length], "big", signed=True), start + length
    start, stop = read_expected(names.INTEGER, what, data, at, end)
    value = decode_value(names.INTEGER, data[start:stop], start)
    if not isinstance(value, int):
        raise BadResponse(f"{what} at byte {at} is not an integer")
    return value, stop


def decode_value(tag: int, content: bytes, at: int) -> Value:
    """Read the content octets of a value; `at` is where they stand, for the message.

    Unsigned types are taken without their leading zero octet too, as some agents send them. IpAddress and Opaque
    stay octets. Raises BadResponse on a type that RFC 3416 does not have, or content that does not suit it.
    """
    if tag == names.OCTET_STRING or tag == names.OPAQUE or _is_ip_address(tag, content):
        return content
    if tag == names.OBJECT_IDENTIFIER:
        return decode_oid(content)
    if tag in names.EMPTY:
        if content:
            raise BadResponse(f"tag {tag:#04x} at byte {at} has content where none is allowed")
        return None
    if tag == names.INTEGER or tag in names.UNSIGNED_MAX:
        return _decode_number(tag, content, at)
    raise BadResponse(f"value of tag {tag:#04x} and {len(content)} octets at byte {at} is not one of SNMP")


def decode_float(content: bytes) -> float:
    """Read the content of an Opaque that wraps a float or a double, as net-snmp's agent sends them (9f 78 04 or
    9f 79 08, then IEEE 754). Raises BadResponse when it is another Opaque, not a number, or infinite."""
    form = _FLOATS.get(content[:3])
    if form is None or len(content) != 3 + form.size:
        raise BadResponse(f"Opaque of {len(content)} octets is neither a float nor a double")
    value: float = form.unpack_from(content, 3)[0]
    if not math.isfinite(value):
        raise BadResponse(f"Opaque holds {value}, which is no value")
    return value


def _decode_number(tag: int, content: bytes, at: int) -> int:
    if not 1 <= len(content) <= MAX_INTEGER_OCTETS:
        raise BadResponse(f"number of {len(content)} octets at byte {at}")
    if tag == names.INTEGER:
        value = int.from_bytes(content, "big", signed=True)
        if not -_INT64 <= value < _INT64:
            raise BadResponse(f"integer at byte {at} does not fit into 64 bits")
        return value
    value = int.from_bytes(content, "big")
    if value > names.UNSIGNED_MAX[tag]:
        raise BadResponse(f"number at byte {at} is above the range of tag {tag:#04x}")
    return value


def _is_ip_address(tag: int, content: bytes) -> bool:
    return tag == names.IP_ADDRESS and len(content) == 4


def _signed(value: int) -> bytes:
    return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)
