"""Variable bindings: the name, type and value of one object (RFC 3416 section 3)."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from agents.snmp import names
from agents.snmp.ber import Value, decode_value, encode, encode_value, read_expected, read_header
from agents.snmp.errors import BadResponse, TooManyVarbinds
from agents.snmp.oids import Oid, decode_oid, decode_oid_cached

_CACHED_OCTETS: Final = 128
_SLOW_OCTETS: Final = 32_000  # of identifiers with sub-identifiers above 127 in one reply: each takes a fifth of a µs
MAX_VARBINDS: Final = 1024
"""In one reply: nobody asks for more, and reading more tiny ones than these would hold up the other devices."""


class Varbind(NamedTuple):
    """One object of a device. `value` is None for NULL and for the three exceptions, which are tags. One that does not
    suit its tag, where such ones are kept, is its octets."""

    oid: Oid
    tag: int
    value: Value


@lru_cache(maxsize=1 << 13)  # devices of one model name the same objects, in every poll
def encode_name(oid: Oid) -> bytes:
    """Return an OBJECT IDENTIFIER with its tag and length. Raises ValueError."""
    return encode_value(names.OBJECT_IDENTIFIER, oid)


def with_null(name: bytes) -> bytes:
    """Return a varbind of an encoded name whose value is NULL, as requests have them."""
    return encode(names.SEQUENCE, name + b"\x05\x00")


@lru_cache(maxsize=1 << 13)
def encode_question(oid: Oid) -> bytes:
    """Return a varbind whose value is NULL. Raises ValueError."""
    return with_null(encode_name(oid))


def encode_varbind(oid: Oid, tag: int, value: Value) -> bytes:
    """Return one varbind. Raises ValueError when the value does not suit the tag."""
    return encode(names.SEQUENCE, encode_value(names.OBJECT_IDENTIFIER, oid) + encode_value(tag, value))


def decode_varbinds(
    data: bytes, at: int, end: int, most: int = MAX_VARBINDS, *, keep_unreadable: bool = False
) -> list[Varbind]:
    """Read the varbinds, at most so many, that fill `data[at:end]` exactly. Raises BadResponse, of a value that does
    not suit its tag only unless those are to be kept.

    Everything that `ber` checks is checked here too. It is written out because this loop is where an agent spends
    its time: a function call per element makes it five times slower. The general way, `_decode_slowly`, takes over
    where a length is not a single octet, or to say what is wrong.
    """
    found: list[Varbind] = []
    add = found.append
    new = tuple.__new__  # half the cost of Varbind(...)
    name_of = decode_oid_cached if end - at <= _SLOW_OCTETS else _Bounded().decode
    from_bytes = int.from_bytes
    value: Value
    for _ in range(most):
        if at >= end:
            break
        # The shortest varbind is 30 04 06 00 05 00: with six octets here, no index below leaves the buffer before
        # the comparisons with `stop` and `end`.
        if at + 6 > end or data[at] != 0x30:
            at = _decode_slowly(data, at, end, found, name_of, keep_unreadable=keep_unreadable)
            continue
        length = data[at + 1]
        stop = at + 2 + length
        name_at = at + 4
        tag_at = name_at + data[at + 3]
        content_at = tag_at + 2
        if (
            length >= 0x80
            or stop > end
            or data[at + 2] != 0x06
            or content_at > stop
            # A length of the long form is 128 or more, and less than that is left.
            or content_at + data[tag_at + 1] != stop
        ):
            at = _decode_slowly(data, at, end, found, name_of, keep_unreadable=keep_unreadable)
            continue
        tag = data[tag_at]
        if tag == 0x04:
            value = data[content_at:stop]
        elif (tag == 0x46 and content_at < stop <= content_at + 8) or (
            0x41 <= tag <= 0x43 and content_at < stop <= content_at + 4
        ):
            value = from_bytes(data[content_at:stop], "big")
        elif tag == 0x02 and content_at < stop <= content_at + 4:
            value = from_bytes(data[content_at:stop], "big", signed=True)
        else:
            value = _read(tag, data[content_at:stop], content_at, name_of, keep_unreadable=keep_unreadable)
        add(new(Varbind, (name_of(data[name_at:tag_at]), tag, value)))
        at = stop
    if at < end:
        raise TooManyVarbinds(f"more than {most} varbinds, from byte {at}")
    return found


def decode_expected(
    data: bytes, at: int, end: int, expected: Sequence[bytes], tags: bytearray, values: list[Value]
) -> bool:
    """Read the varbinds that fill `data[at:end]`, whose encoded names are `expected` in this order, onto the ends of
    `tags` and `values`. Returns False when they are not, or are encoded in another way than the shortest: then
    `decode_varbinds` can tell.

    Raises BadResponse. Checks what `decode_varbinds` checks, and spends its time like that.
    """
    add_tag, add_value = tags.append, values.append
    from_bytes = int.from_bytes
    value: Value
    for name in expected:
        name_at = at + 2
        if at + 6 > end or data[at] != 0x30 or not data.startswith(name, name_at):
            return False
        length = data[at + 1]
        stop = name_at + length
        tag_at = name_at + len(name)
        content_at = tag_at + 2
        if length >= 0x80 or stop > end or content_at > stop or content_at + data[tag_at + 1] != stop:
            return False
        tag = data[tag_at]
        if (tag == 0x46 and content_at < stop <= content_at + 8) or (
            0x41 <= tag <= 0x43 and content_at < stop <= content_at + 4
        ):
            value = from_bytes(data[content_at:stop], "big")
        elif tag == 0x02 and content_at < stop <= content_at + 4:
            value = from_bytes(data[content_at:stop], "big", signed=True)
        elif tag == 0x04:
            value = data[content_at:stop]
        else:
            value = decode_value(tag, data[content_at:stop], content_at)
        add_tag(tag)
        add_value(value)
        at = stop
    return at == end


class _Bounded:
    """Reads the identifiers of one long reply, until too many of them are slow to read: a hostile device could hold up
    all the others. 400 routes of IPv6 are not too many."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _SLOW_OCTETS

    def decode(self, content: bytes) -> Oid:
        """As `decode_oid`."""
        if not content.isascii():
            self._left -= len(content)
            if self._left < 0:
                raise BadResponse(f"more than {_SLOW_OCTETS} octets of long object identifiers in one reply")
        return _decode_name(content)


def _decode_name(content: bytes) -> Oid:
    return decode_oid_cached(content) if len(content) < _CACHED_OCTETS else decode_oid(content)


def _read(tag: int, content: bytes, at: int, name_of: Callable[[bytes], Oid], *, keep_unreadable: bool) -> Value:
    try:
        return name_of(content) if tag == names.OBJECT_IDENTIFIER else decode_value(tag, content, at)
    except BadResponse:
        if not keep_unreadable:
            raise
        return content


def _decode_slowly(
    data: bytes, at: int, end: int, found: list[Varbind], name_of: Callable[[bytes], Oid], *, keep_unreadable: bool
) -> int:
    tag, start, stop = read_header(data, at, end)
    name_tag, name_start, name_stop = read_header(data, start, stop)
    if tag != names.SEQUENCE or name_tag != names.OBJECT_IDENTIFIER:
        read_expected(names.SEQUENCE, "varbind", data, at, end)  # says which
        read_expected(names.OBJECT_IDENTIFIER, "name of a varbind", data, start, stop)
    tag, value_start, value_stop = read_header(data, name_stop, stop)
    if value_stop != stop:
        raise BadResponse(f"{stop - value_stop} octets too many in the varbind at byte {at}")
    name_of = _decode_name if name_of is decode_oid_cached else name_of
    value = _read(tag, data[value_start:value_stop], value_start, name_of, keep_unreadable=keep_unreadable)
    found.append(tuple.__new__(Varbind, (name_of(data[name_start:name_stop]), tag, value)))
    return stop
