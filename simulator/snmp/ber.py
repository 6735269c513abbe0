"""The little of BER that a responder needs, read from X.690 and RFC 3416/1157 on its own, apart from the poller's.

Reading is bounded by the datagram; what is no request is a DecodeError and nothing else.
"""

from typing import NamedTuple

Oid = tuple[int, ...]

INTEGER, OCTET_STRING, NULL, OBJECT_IDENTIFIER, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46  # RFC 2578 appendix
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = b"\x80\x00", b"\x81\x00", b"\x82\x00"  # RFC 3416 section 3
GET, GETNEXT, RESPONSE, SET, GETBULK, TRAP, REPORT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA7, 0xA8
V1, V2C, V3 = 0, 1, 3
MAX_SUBIDENTIFIERS = 128  # RFC 2578 section 3.5


class DecodeError(ValueError):
    """The bytes are no request that an agent would read."""


class Request(NamedTuple):
    """A request of which only the id has been read: a responder that has met the rest before need not read it again.

    `request_id` is the whole TLV, to be sent back as it came; `rest` is all that follows it.
    """

    pdu: int
    request_id: bytes
    rest: bytes


class Rest(NamedTuple):
    """What follows the id: `first` and `second` are non-repeaters and max-repetitions of a GETBULK, else error-status
    and error-index; `varbinds` are still encoded."""

    first: int
    second: int
    varbinds: bytes


def decode(data: bytes) -> tuple[int, int]:
    """Return a message's version, and where what follows it starts; it ends with the octets (RFC 1157 section 4).

    Raises:
        DecodeError: with the reason.
    """
    at, end = expect(data, 0, len(data), SEQUENCE)
    if end != len(data):
        raise DecodeError("bytes follow the message")
    return number(data, at, end)


def decode_request(data: bytes, at: int, end: int) -> Request:
    """Read a PDU that is all between two places, up to its id (RFC 3416 section 3).

    Raises:
        DecodeError: with the reason.
    """
    pdu, at, stop = header(data, at, end)
    if stop != end or pdu not in (GET, GETNEXT, SET, GETBULK):
        raise DecodeError(f"no request: PDU type {pdu:#x}")
    _, id_stop = number(data, at, end)
    return Request(pdu, data[at:id_stop], data[id_stop:end])


def decode_rest(rest: bytes) -> Rest:
    """Read what follows a request's id.

    Raises:
        DecodeError: with the reason.
    """
    end = len(rest)
    first, at = number(rest, 0, end)
    second, at = number(rest, at, end)
    at, stop = expect(rest, at, end, SEQUENCE)
    if stop != end:
        raise DecodeError("bytes follow the variable bindings")
    return Rest(first, second, rest[at:stop])


def decode_names(varbinds: bytes) -> list[Oid]:
    """Return the names of a request's variable bindings; the values must be well-formed and are not looked at.

    Raises:
        DecodeError: with the reason.
    """
    names: list[Oid] = []
    at, end = 0, len(varbinds)
    while at < end:
        at, stop = expect(varbinds, at, end, SEQUENCE)
        at, name_stop = expect(varbinds, at, stop, OBJECT_IDENTIFIER)
        names.append(_oid(varbinds[at:name_stop]))
        if header(varbinds, name_stop, stop)[2] != stop:
            raise DecodeError("bytes follow a value")
        at = stop
    return names


def tlv(tag: int, content: bytes) -> bytes:
    """Encode with a definite length, as RFC 3417 section 8 wants it. Lengths go up to 65,535 octets."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    if size < 0x100:
        return bytes((tag, 0x81, size)) + content
    return bytes((tag, 0x82, size >> 8, size & 0xFF)) + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Encode a whole number in the fewest octets (X.690 clause 8.3); also the unsigned types, by their tag."""
    magnitude = value if value >= 0 else ~value
    return tlv(tag, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


_NO_ERROR = integer(0) * 2  # error-status and error-index


def oid(value: Oid) -> bytes:
    """Encode an OBJECT IDENTIFIER of two or more numbers (X.690 clause 8.19)."""
    out = bytearray()
    for number in (value[0] * 40 + value[1], *value[2:]):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return tlv(OBJECT_IDENTIFIER, bytes(out))


def varbind(name: Oid, value: bytes) -> bytes:
    """Encode a variable binding of an encoded value."""
    return tlv(SEQUENCE, oid(name) + value)


def response(request_id: bytes, status: int, index: int, varbinds: bytes, pdu: int = RESPONSE) -> bytes:
    """Encode a Response-PDU (GetResponse in v1), or another of its form, from encoded parts."""
    numbers = integer(status) + integer(index) if status or index else _NO_ERROR
    return tlv(pdu, request_id + numbers + tlv(SEQUENCE, varbinds))


def header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return tag, start and stop of the contents. An indefinite length is not allowed (RFC 3417 section 8)."""
    start = at + 2
    if start > end:
        raise DecodeError("cut short")
    length = data[at + 1]
    if length >= 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4 or start + octets > end:
            raise DecodeError("a length that cannot be")
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > end:
        raise DecodeError("cut short")
    return data[at], start, start + length


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Return start and stop of the contents of what must have that tag. Raises DecodeError."""
    found, start, stop = header(data, at, end)
    if found != tag:
        raise DecodeError(f"tag {found:#x} where {tag:#x} belongs")
    return start, stop


def number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return an INTEGER of at most 32 bits, and where it stops. Raises DecodeError."""
    start = at + 2
    stop = start + (data[at + 1] if start < end else 0)
    if not (start < stop <= end and stop - start <= 4 and data[at] == INTEGER):  # else it is as nearly all are
        start, stop = expect(data, at, end, INTEGER)
        if not 1 <= stop - start <= 4:
            raise DecodeError("an INTEGER of no or of more than 32 bits")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def _oid(content: bytes) -> Oid:
    if not content or content[-1] & 0x80:
        raise DecodeError("an OBJECT IDENTIFIER that is empty or cut short")
    numbers: list[int] = []
    number = 0
    for octet in content:
        if octet == 0x80 and number == 0:
            raise DecodeError("a subidentifier with a leading zero")
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            if number >= 2**32 and (numbers or number >= 2**32 + 80):
                raise DecodeError("a subidentifier over 32 bits")
            numbers.append(number)
            number = 0
    if len(numbers) >= MAX_SUBIDENTIFIERS:
        raise DecodeError("more than 128 subidentifiers")
    root = min(numbers[0] // 40, 2)
    return (root, numbers[0] - 40 * root, *numbers[1:])
