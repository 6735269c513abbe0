"""What a host of Sparkplug says: that it is there (STATE, retained, with a will), and that it wants births."""

import json

REBIRTH = "Node Control/Rebirth"


def state(*, online: bool, at_ms: int) -> bytes:
    """Return the payload; `at_ms` is when the connection began, ms since 1970 UTC, in the will and after it alike."""
    return json.dumps({"online": online, "timestamp": at_ms}).encode()


def is_offline(payload: bytes) -> bool:
    """Whether it says that the host is not there."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("online") is False


def rebirth(now_ms: int) -> bytes:
    """Return the payload of an NCMD that asks a node for its births; `now_ms` is in ms since 1970 UTC."""
    name, stamp = REBIRTH.encode(), _encoded(now_ms)
    metric = b"\x0a" + bytes([len(name)]) + name + b"\x18" + stamp + b"\x20\x0b\x70\x01"  # name, time, Boolean, true
    return b"\x08" + stamp + b"\x12" + bytes([len(metric)]) + metric


def _encoded(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
