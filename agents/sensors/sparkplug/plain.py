"""A value of a metric by its data type (Sparkplug 3.0 clause 6.4.16), as JSON would have it. Pure."""

from agents.sensors.sparkplug.payload import BOOLEAN, DOUBLE, FLOAT, INT, LONG, STRING, TRUTH, Metric
from agents.sensors.values import RefusedError

_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
_UNSIGNED = {5: 8, 6: 16, 7: 32, 8: 64, 13: 64}  # 13: DateTime, ms since 1970 UTC
_OTHERS = {9: FLOAT, 10: DOUBLE, BOOLEAN: TRUTH, 12: STRING, 14: STRING, 15: STRING}
NAMES = dict(
    enumerate(
        "Unknown Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float Double Boolean String DateTime Text UUID"
        " DataSet Bytes File Template PropertySet PropertySetList".split()
    )
)


def plain(metric: Metric, datatype: int | None) -> int | float | str | bool | None:
    """Return the value of a metric; None when it says that it has none.

    Raises:
        RefusedError: it is not of its type, or of a type that is no plain value, such as a data set.
    """
    kind, value = metric.kind, metric.value
    if not kind or metric.is_null:
        return None
    if kind in (INT, LONG) and isinstance(value, int):
        if bits := _SIGNED.get(datatype or 0):
            return _signed(value, bits)
        if (bits := _UNSIGNED.get(datatype or 0)) and value < 1 << bits:
            return value
    elif kind == _OTHERS.get(datatype or 0) and not isinstance(value, bytes):
        return value
    name = NAMES.get(datatype or 0, f"of the type {datatype}")
    raise RefusedError(
        f"its value is no {name}" if datatype in {**_SIGNED, **_UNSIGNED, **_OTHERS} else f"it is {name}"
    )


def _signed(value: int, bits: int) -> int:
    """Two's complement in so many bits; some nodes extend the sign to 32 or to 64."""
    for width in (bits, 32, 64):
        if value < 1 << width:
            number = value - (1 << width) if value >> (width - 1) else value
            if -(1 << (bits - 1)) <= number < 1 << (bits - 1):
                return number
            break
    raise RefusedError(f"its value {value} has more than {bits} bits")
