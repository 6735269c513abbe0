"""The payload of Sparkplug B (Sparkplug 3.0 clause 6.4): the few fields of its protobuf that we need, read strictly.

Ours and not the protobuf library's: it is bounded in fields, not only in bytes, and the agent needs no other package.
What we have no use for (metadata, properties, data sets, templates) is skipped by its length and never looked into.
"""

import struct
from dataclasses import dataclass

from agents.sensors.values import RefusedError

MAX_PAYLOAD = 256 << 10
MAX_METRICS = 1_000
MAX_FIELDS = 7_000  # of all metrics of a payload: each costs its reader much more than its two bytes
OCTETS = 5  # of numbers, keys and lengths among them, that cost as much as one more field
MAX_NAME = 500
MAX_SEQ = 255
TIME_OCTETS = 6  # ms since 1970 UTC, from 2004 to 2109

BOOLEAN = 11

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5  # wire types
_NAME, _ALIAS, _TIMESTAMP, _DATATYPE, _IS_NULL = 1, 2, 3, 4, 7
INT, LONG, FLOAT, DOUBLE, TRUTH, STRING, BYTES, LAST_VALUE = 10, 11, 12, 13, 14, 15, 16, 19
_WIRE_OF = {
    _NAME: _LENGTH,
    _ALIAS: _VARINT,
    _TIMESTAMP: _VARINT,
    _DATATYPE: _VARINT,
    _IS_NULL: _VARINT,
    INT: _VARINT,
    LONG: _VARINT,
    FLOAT: _FIXED32,
    DOUBLE: _FIXED64,
    TRUTH: _VARINT,
    STRING: _LENGTH,
    **dict.fromkeys(range(BYTES, LAST_VALUE + 1), _LENGTH),
}
_float = struct.Struct("<f").unpack_from
_double = struct.Struct("<d").unpack_from


@dataclass(slots=True)
class Metric:
    """One metric as it is written; `kind` is the number of the field that has its `value`, 0 when it has none. A data
    set and the like are kept as their bytes. `timestamp` is in ms since 1970 UTC."""

    name: str | None = None
    alias: int | None = None
    timestamp: int | None = None
    datatype: int | None = None
    kind: int = 0
    is_null: bool = False
    value: int | float | str | bytes | None = None


@dataclass(slots=True)
class Payload:
    """`timestamp`: ms since 1970 UTC when it was sent; `seq` is missing in a death of a node."""

    timestamp: int | None
    seq: int | None
    metrics: list[Metric]


def decode(data: bytes) -> Payload:
    """Return what a payload says.

    Raises:
        RefusedError: it is too large, no protobuf of this kind, or has more metrics or fields than are read.
    """
    if len(data) > MAX_PAYLOAD:
        raise RefusedError(f"it is larger than {MAX_PAYLOAD} bytes")
    try:
        payload = _read(data)
    except IndexError:
        raise RefusedError("it is no Sparkplug B: it is cut short") from None
    if payload.seq is not None and payload.seq > MAX_SEQ:
        raise RefusedError(f"its seq {payload.seq} is over {MAX_SEQ}")
    return payload


def _read(data: bytes) -> Payload:
    timestamp = seq = None
    metrics: list[Metric] = []
    times: dict[bytes, int] = {}
    place, end, left = 0, len(data), MAX_FIELDS
    while place < end:
        began = place
        key, place = _varint(data, place)
        left -= 1
        if key == 2 << 3 | _LENGTH:
            size, place = _varint(data, place)
            left -= (place - began) // OCTETS
            if len(metrics) >= MAX_METRICS:
                raise RefusedError(f"it has more than {MAX_METRICS} metrics")
            _whole(place + size, end)
            metric = Metric()
            left = _read_metric(data, place, place + size, metric, left, times)
            metrics.append(metric)
            place += size
        elif key == 1 << 3:
            timestamp, place = _varint(data, place)
            left -= (place - began) // OCTETS
        elif key == 3 << 3:
            seq, place = _varint(data, place)
            left -= (place - began) // OCTETS
        elif 1 <= key >> 3 <= 3:
            raise RefusedError(f"it is no Sparkplug B: its field {key >> 3} has the wire type {key & 7}")
        else:
            head, place = _skip(data, place, key)
            left -= (head - began) // OCTETS
        if left < 0:
            raise RefusedError(f"it has more than {MAX_FIELDS} fields")
    _whole(place, end)
    return Payload(timestamp, seq, metrics)


def _read_metric(data: bytes, place: int, end: int, metric: Metric, left: int, times: dict[bytes, int]) -> int:
    """Read a metric into `metric`; return how many fields may still follow. `times` are those of six octets that were
    read before: most metrics of a message have the same."""
    while place < end:
        began, key = place, data[place]
        head = 0  # where its numbers end
        place += 1
        left -= 1
        if left < 0:
            raise RefusedError(f"it has more than {MAX_FIELDS} fields")
        if key == _ALIAS << 3:
            metric.alias, place = _varint(data, place)
            head = place
        elif key == _TIMESTAMP << 3:
            said = data[place : place + TIME_OCTETS]
            if (known := times.get(said)) is None:
                known, after = _varint(data, place)
                if after == place + TIME_OCTETS:
                    times[said] = known
                head = place = after
            else:
                place += TIME_OCTETS
            metric.timestamp = known
        elif key == _DATATYPE << 3:
            metric.datatype, place = _varint(data, place)
            head = place
        elif key == DOUBLE << 3 | _FIXED64:
            _whole(place + 8, end)
            _set(metric, DOUBLE, _double(data, place)[0])
            place += 8
        else:
            head, place = _read_other(data, place, end, metric, key)
        if head > began:
            left -= (head - began) // OCTETS
    _whole(place, end)
    return left


def _read_other(data: bytes, place: int, end: int, metric: Metric, key: int) -> tuple[int, int]:
    """Read a field that is not in each metric of each message; return where its numbers end, and where it does."""
    if key >= 0x80:
        key, place = _varint(data, place - 1)
    number, wire = key >> 3, key & 7
    wanted = _WIRE_OF.get(number)
    if wanted is None:
        return _skip(data, place, key)
    if wanted != wire:
        raise RefusedError(f"it is no Sparkplug B: field {number} of a metric has the wire type {wire}")
    if wire == _VARINT:
        number_said, place = _varint(data, place)
        if number == _IS_NULL:
            metric.is_null = bool(number_said)
        else:
            _set(metric, number, bool(number_said) if number == TRUTH else number_said)
        return place, place
    if wire == _FIXED32:
        _whole(place + 4, end)
        _set(metric, number, _float(data, place)[0])
        return place, place + 4
    size, place = _varint(data, place)
    said = data[place : place + size]
    if number == _NAME:
        metric.name = _text(said)
        if len(metric.name) > MAX_NAME:
            raise RefusedError(f"a name of a metric has more than {MAX_NAME} letters")
    else:
        _set(metric, number, _text(said) if number == STRING else said)
    return place, place + size


def _set(metric: Metric, number: int, value: int | float | str | bytes) -> None:
    if metric.kind:
        raise RefusedError("it is no Sparkplug B: a metric has two values")
    metric.kind, metric.value = number, value


def _whole(place: int, end: int) -> None:
    if place > end:
        raise IndexError


def _text(said: bytes) -> str:
    try:
        return said.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError("it is no Sparkplug B: a text is not UTF-8") from None


def _skip(data: bytes, place: int, key: int) -> tuple[int, int]:
    """Return where the numbers of a field end, and where it does."""
    wire = key & 7
    if not key >> 3 or wire not in (_VARINT, _FIXED64, _LENGTH, _FIXED32):
        raise RefusedError(f"it is no Sparkplug B: field {key >> 3} with the wire type {wire}")
    if wire == _VARINT:
        place = _varint(data, place)[1]
        return place, place
    if wire == _LENGTH:
        size, place = _varint(data, place)
        return place, place + size
    return place, place + (8 if wire == _FIXED64 else 4)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number of at most 64 bits, and where it ends. A place past the end is an IndexError."""
    octet = data[place]
    if octet < 0x80:
        return octet, place + 1
    value, shift = octet & 0x7F, 7
    while True:
        place += 1
        octet = data[place]
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            break
        shift += 7
        if shift > 63:
            break
    if shift > 63 or value >= 1 << 64:
        raise RefusedError("it is no Sparkplug B: a number has more than 64 bits")
    return value, place + 1
