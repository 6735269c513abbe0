"""What a message says at a place, and what a mapped field makes of it. Pure; the same for every format."""

import json
import math
import re

from contract.mapped_field import MappedField, Pointer, pointer_text
from contract.printable import printable

MAX_SHOWN = 60

_LIMIT = 2**63
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")


class RefusedError(Exception):
    """A message that is not understood, with the reason for the dead letter."""


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


def convert(field: MappedField, said: object) -> float | int | None:
    """Return what a field makes of what a message says: a float for a gauge, a whole number for a state, None for none.

    Raises:
        RefusedError: it is not what the mapping says.
    """
    if said is None:
        return None
    if field.is_number and (type(said) is float or type(said) is int) and -_LIMIT < said < _LIMIT:  # most are
        value = said * field.scale + field.offset
        if -math.inf < value < math.inf:
            return value
    if isinstance(said, dict | list | bytes):
        raise RefusedError(f"{at(field.pointer)} is {shown(said)}: a plain value is expected")
    plain = ("false", "true")[said] if isinstance(said, bool) else said
    if field.sentinels and plain in field.sentinels:
        return None
    if field.enum:
        if not isinstance(plain, str | int | float) or plain not in field.enum:
            known = ", ".join(map(str, field.enum))[:100]
            raise RefusedError(f"{at(field.pointer)} is {shown(said)}: the mapping knows {known}")
        return field.enum[plain]  # type: ignore[index]  # 1.0 is the key 1
    value = number(said, field.pointer) * field.scale + field.offset
    if not math.isfinite(value):
        raise RefusedError(f"{at(field.pointer)} is {shown(said)}: with its scale this is too large")
    return value


def number(said: object, pointer: Pointer) -> float:
    """Return a number of a message.

    Raises:
        RefusedError: it is none, or beyond 64 bits.
    """
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise RefusedError(f"{at(pointer)} is {shown(said)}: a number is expected")
    if not abs(said) < _LIMIT:
        raise RefusedError(f"{at(pointer)} is {shown(said)}: this is too large")
    return float(said)


def at(source: Pointer | str) -> str:
    """Return how a place is named in a reason."""
    return source if isinstance(source, str) else pointer_text(source)[:100] or "the message"


def shown(value: object) -> str:
    """Return a value for a reason: short, and without line or escape of the sender's making."""
    if isinstance(value, dict | list | bytes):
        return "an object" if isinstance(value, dict) else "an array" if isinstance(value, list) else "a run of bytes"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a huge number"
    text = printable(json.dumps(value[:MAX_SHOWN] if isinstance(value, str) else value, ensure_ascii=False))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
