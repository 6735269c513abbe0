"""A value of a device as a number. Pure."""

import re
from collections.abc import Collection

from agents.snmp import names
from agents.snmp.ber import Value, decode_float
from agents.snmp.errors import BadResponse

Number = float | int

INT64_MAX = 2**63 - 1
MAX_TEXT = 64  # octets of a number that is written as text, with its unit
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


def number(tag: int, value: Value, *, real: bool = False) -> Number | None:
    """Return the number that a value is, None where a batch cannot carry it; with `real` also a float within an
    Opaque."""
    if isinstance(value, int):
        return value if value <= INT64_MAX else None
    if not (real and tag == names.OPAQUE and isinstance(value, bytes)):
        return None
    try:
        return decode_float(value)
    except BadResponse:
        return None


def written(value: Value, units: Collection[str]) -> Number | None:
    """Return the decimal number that a text is, with one of `units` behind it; None of any other text."""
    if not isinstance(value, bytes) or len(value) > MAX_TEXT:
        return None
    text = value.decode("ascii", "replace").strip("\0 \t\r\n")
    found = _DECIMAL.match(text)
    if found is None or text[found.end() :].lstrip() not in units:
        return None
    return float(found[0])
