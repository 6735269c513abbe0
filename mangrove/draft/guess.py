"""What an object may be, by its type on the wire and its values: kind, unit, scale, and why. Pure.

Nothing here is known: a guess says on what it rests, so that whoever has the MIB can see where it is wrong.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agents.snmp import names
from agents.snmp.ber import decode_float
from agents.snmp.errors import BadResponse
from agents.snmp.varbinds import Varbind
from agents.tags import tag_text

Kind = Literal["gauge", "state"]
_NUMBERS: Final = frozenset({names.INTEGER, names.GAUGE32, names.UINTEGER32})
_COUNTERS: Final[Mapping[int, Literal[32, 64]]] = {names.COUNTER32: 32, names.COUNTER64: 64}
_SENTINELS: Final = frozenset(
    {2**31 - 1, -(2**31), 2**31 - 2, 2**32 - 1, -999_999, 999_999, -99_999, -9_999, -32_768, 32_767, 65_535, -1}
)
_SMALL: Final = 2**16
"""What is not above it may be a value like any other, where there is none to compare it with."""
_FAR: Final = 4
"""So many times as large as any other value is what means none."""
_MOST_STATES: Final = 6
_LARGEST_STATE, _LARGEST_FROM_0 = 15, 4
_PERCENT: Final = (16, 100)
_WHOLE_TENTHS: Final = 1000
UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "": ("value", "1"),
    "%": ("pct", "%"),
    "A": ("amperes", "A"),
    "C": ("celsius", "Cel"),
    "Hz": ("hertz", "Hz"),
    "V": ("volts", "V"),
    "W": ("watts", "W"),
    "dBm": ("dbm", "dB{mW}"),
    "mA": ("milliamperes", "mA"),
    "mV": ("millivolts", "mV"),
}
"""What devices write behind a number: the first part of a field's name, and the unit of UCUM."""
_TEXT: Final = re.compile(r"([-+]?(?:0|[1-9]\d*)(?:\.\d+)?) ?([A-Za-z%]*)")
_MOST_WRITTEN: Final = 100_000


@dataclass(frozen=True, slots=True)
class Range:
    """Values that a quantity has where it is what it is mostly: `unit` of UCUM, `name` of a field. Devices give it in
    one of `scales`."""

    low: float
    high: float
    name: str
    unit: str
    what: str
    scales: tuple[float, ...]


RANGES: Final = (
    Range(-130.0, -30.0, "dbm", "dB{mW}", "draft_dbm", (1.0,)),
    Range(-45.0, -3.0, "dbm", "dB{mW}", "draft_dbm", (0.1, 0.01)),
    Range(49.5, 50.5, "hertz", "Hz", "draft_mains_hertz", (0.1, 0.01, 0.001)),
    Range(42.5, 58.0, "volts", "V", "draft_dc_volts", (0.1, 0.01, 0.001)),
    Range(205.0, 250.0, "volts", "V", "draft_ac_volts", (1.0, 0.1, 0.01)),
    Range(360.0, 420.0, "volts", "V", "draft_ac_volts_3", (0.1,)),
    Range(3.13, 3.47, "volts", "V", "draft_optics_volts", (0.001, 0.0001)),
)


@dataclass(frozen=True, slots=True)
class Why:
    """A reason: a key of words with its places."""

    key: str
    places: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that an object could be; `name` is the first part of its name."""

    name: str
    kind: Kind
    unit: str
    why: tuple[Why, ...]
    scale: float = 1.0
    rate: Literal[32, 64] | None = None
    sentinels: tuple[int, ...] = ()
    real: bool = False
    text: tuple[str, ...] = ()
    states: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """An object that can be no field: a text, an address, a name, an index."""

    why: Why


def guess(objects: Sequence[Varbind], *, is_index: bool = False) -> Field | Fact:
    """Return what the objects of one column, or one scalar, may be; `is_index`: each value is its row's index."""
    tags = {one.tag for one in objects}
    if is_index:
        return Fact(Why("draft_index", {}))
    if len(tags) == 1 and (bits := _COUNTERS.get(next(iter(tags)))):
        return Field("per_s", "gauge", "/s", (Why("draft_counter", {"type": f"Counter{bits}"}),), rate=bits)
    if tags == {names.TIME_TICKS}:
        return Field("seconds", "gauge", "s", (Why("draft_ticks", {}),), scale=0.01)
    if tags == {names.OPAQUE} and all(map(_is_real, objects)):
        return Field("real", "gauge", "1", (Why("draft_real", {}),), real=True)
    if tags <= _NUMBERS:
        values = [one.value for one in objects if isinstance(one.value, int)]
        return _number(values, names.TYPES[next(iter(tags))], may_be_state=tags == {names.INTEGER})
    texts = [tag_text(one) for one in objects]
    example = next((text for text in texts if text), "")
    if tags == {names.OCTET_STRING} and (found := _written([text for text in texts if text])):
        return found
    kinds = ", ".join(sorted(names.TYPES.get(tag, f"{tag:#04x}") for tag in tags))
    return Fact(Why("draft_fact", {"type": kinds, "example": example[:40]}))


def _number(values: Sequence[int], type_: str, *, may_be_state: bool) -> Field:
    none = _sentinels(values)
    rest = [value for value in values if value not in none]
    why = [_said(type_, rest or values)]
    if none:
        why.append(Why("draft_sentinel", {"values": ", ".join(map(str, none))}))
    if not rest:
        return Field("value", "gauge", "1", tuple(why), sentinels=none)
    low, high = min(rest), max(rest)
    if low == high == 0:
        return Field("value", "gauge", "1", (*why, Why("draft_zero", {})), sentinels=none)
    if may_be_state and not none and _are_states(rest):
        return Field("state", "state", "1", (*why, Why("draft_state", {})), states=tuple(sorted(set(rest))))
    seen = [value for value in rest if value]  # where something is missing, many devices say 0
    seen = seen if len(seen) > 1 else list(rest)
    for one in RANGES:
        for scale in one.scales:
            if one.low <= min(seen) * scale and max(seen) * scale <= one.high:
                why.append(Why(one.what, {"scale": f"{scale:g}"}))
                return Field(one.name, "gauge", one.unit, tuple(why), scale, sentinels=none)
    if low >= 0 and high == _WHOLE_TENTHS:
        return Field("pct", "gauge", "%", (*why, Why("draft_percent_tenths", {})), 0.1, sentinels=none)
    if low >= 0 and _PERCENT[0] <= high <= _PERCENT[1]:
        why.append(Why("draft_percent", {}))
    return Field("value", "gauge", "1", tuple(why), sentinels=none)


def _are_states(values: Sequence[int]) -> bool:
    """Whether the numbers are few and small. Those that begin at 0 are rather counts or shares, unless very small."""
    low, high = min(values), max(values)
    return low >= 0 and high <= (_LARGEST_STATE if low else _LARGEST_FROM_0) and len(set(values)) <= _MOST_STATES


def _said(type_: str, values: Sequence[int]) -> Why:
    low, high = min(values), max(values)
    return Why("draft_values", {"type": type_, "values": str(low) if low == high else f"{low} … {high}"})


def _sentinels(values: Sequence[int]) -> tuple[int, ...]:
    """Return the values that mean none: well-known ones, far from all others. -1 counts where all else is above it."""
    found = _SENTINELS.intersection(values)
    rest = [abs(value) for value in values if value not in found]
    if not rest:
        return tuple(sorted(value for value in found if abs(value) > _SMALL))
    far = {value for value in found if value != -1 and abs(value) >= _FAR * max(rest)}
    lonely = {-1} if -1 in found and all(value >= 0 for value in values if value not in found) and max(rest) > 1 else ()
    return tuple(sorted(far.union(lonely)))


def _is_real(one: Varbind) -> bool:
    try:
        return isinstance(one.value, bytes) and decode_float(one.value) is not None
    except BadResponse:
        return False


def _written(texts: Sequence[str]) -> Field | None:
    """Return what numbers are that are written as texts, with a unit behind them or none; None of other texts."""
    matches = [_TEXT.fullmatch(text) for text in texts]
    units = {match[2] for match in matches if match}
    if not texts or not all(matches) or not units <= UNITS.keys() or len(units - {""}) > 1:
        return None
    values = [float(match[1]) for match in matches if match]
    if max(map(abs, values)) >= _MOST_WRITTEN:
        return None  # more like a serial number
    why = Why("draft_text", {"example": texts[0][:20]})
    name, unit = UNITS[max(units)]
    likely = next((one for one in RANGES if one.low <= min(values) and max(values) <= one.high), None)
    if not any(units) and likely and any("." in text for text in texts):
        said = Why(likely.what, {"scale": "1"})
        return Field(likely.name, "gauge", likely.unit, (why, said), text=tuple(sorted(units)))
    return Field(name, "gauge", unit, (why,), text=tuple(sorted(units)))
