"""The payload of a sensor as JSON (RFC 8259), strictly: what two readers could take for two things is refused."""

import json
import re
from collections import Counter

from contract.mapping import Pointer
from contract.printable import printable

MAX_PAYLOAD = 64 << 10
MAX_SHOWN = 60

_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")


class RefusedError(Exception):
    """A message that is not understood, with the reason for the dead letter."""


def parse(payload: bytes) -> object:
    """Return what a payload says.

    Raises:
        RefusedError: it is too large, no UTF-8, no JSON, or JSON with a key given twice, NaN or Infinity.
    """
    if len(payload) > MAX_PAYLOAD:
        raise RefusedError(f"it is larger than {MAX_PAYLOAD} bytes")
    try:
        return _DECODER.decode(payload.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RefusedError(f"it is not UTF-8 text at byte {error.start}") from None
    except RecursionError:
        raise RefusedError("it is nested too deeply") from None
    except ValueError as error:
        raise RefusedError(f"it is not JSON: {error}") from None


def find(document: object, pointer: Pointer) -> object:
    """Return the value at a pointer (RFC 6901 clause 4); None where there is none, or null."""
    at = document
    for step in pointer:
        if isinstance(at, dict):
            at = at.get(step)
        elif isinstance(at, list) and _INDEX.fullmatch(step) and int(step) < len(at):
            at = at[int(step)]
        else:
            return None
    return at


def shown(value: object) -> str:
    """Return a value for a reason: short, and without line or escape of the sender's making."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a huge number"
    text = printable(json.dumps(value[:MAX_SHOWN] if isinstance(value, str) else value, ensure_ascii=False))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise RefusedError(f"the key {shown(key)} is given twice")
    return out


def _constant(name: str) -> object:
    raise RefusedError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
