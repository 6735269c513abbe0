"""The payload of a sensor as JSON (RFC 8259), strictly: what two readers could take for two things is refused."""

import json
from collections import Counter

from agents.sensors.values import RefusedError, shown

MAX_PAYLOAD = 64 << 10
MAX_OBJECTS = 3_000  # each costs its reader a hundred times its two bytes


def parse(payload: bytes) -> object:
    """Return what a payload says.

    Raises:
        RefusedError: it is too large, no UTF-8, no JSON, or JSON with a key given twice, NaN or Infinity.
    """
    if len(payload) > MAX_PAYLOAD:
        raise RefusedError(f"it is larger than {MAX_PAYLOAD} bytes")
    if payload.count(b"{") > MAX_OBJECTS:
        raise RefusedError(f"it has more than {MAX_OBJECTS} objects")
    try:
        return _DECODER.decode(payload.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RefusedError(f"it is not UTF-8 text at byte {error.start}") from None
    except RecursionError:
        raise RefusedError("it is nested too deeply") from None
    except ValueError as error:
        raise RefusedError(f"it is not JSON: {error}") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise RefusedError(f"the key {shown(key)} is given twice")
    return out


def _constant(name: str) -> object:
    raise RefusedError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
