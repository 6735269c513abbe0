"""Real numbers within an Opaque, as net-snmp's agents send them (NET-SNMP-TC Float; NET-SNMP's own BER tags)."""

import math
import struct
from typing import Final

_FORMS: Final = {b"\x9f\x78\x04": struct.Struct(">f"), b"\x9f\x79\x08": struct.Struct(">d")}


def opaque_number(content: bytes) -> float | None:
    """Return the number of an Opaque's content; None where it holds something else, or no finite number."""
    form = _FORMS.get(content[:3])
    if form is None or len(content) != 3 + form.size:
        return None
    number: float = form.unpack_from(content, 3)[0]
    return number if math.isfinite(number) else None
