"""InfluxDB line protocol: text that every database carries alike, and points as lines with times in milliseconds.

Syntax: the line protocol reference of InfluxDB 1.x. A backslash is where databases differ (InfluxDB keeps one that
escapes nothing, VictoriaMetrics drops it), so none is sent but those that escape a comma, an equals sign or a space.
"""

import re
import unicodedata
from collections.abc import Sequence
from math import isfinite

from collector.store import Point

MAX_TEXT = 128  # bytes of UTF-8 in a tag value
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode categories: control, format, surrogate, line and paragraph ends
_PLAIN = re.compile(r"[-\w./:]+").fullmatch
_FORBIDDEN = re.compile(r"[\\\x00-\x1f\x7f]")
_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def clean(text: str) -> str:
    """Return what a device said as a tag value that no database alters: NFC, at most MAX_TEXT bytes of UTF-8, never
    empty. What cannot be carried (backslash, control and invisible characters, lone surrogates) becomes `_`."""
    if not (text.isascii() and text.isprintable() and "\\" not in text):
        kept = ["_" if c == "\\" or unicodedata.category(c) in _UNPRINTABLE else c for c in text]
        text = unicodedata.normalize("NFC", "".join(kept))
    return text.encode()[:MAX_TEXT].decode(errors="ignore") or "_"


def lines(points: Sequence[Point]) -> bytes:
    """Return the points as line protocol, one line each, times in ms.

    Raises:
        ValueError: a point that no line can carry (no field, NaN, a text that is not clean); the message says which.
    """
    start, tag, key = _Measurements().__getitem__, _Tags().__getitem__, _Keys().__getitem__
    out = []
    for point in points:
        if not point.fields:
            raise ValueError(f"a point of {point.measurement} has no field")
        fields = ",".join([key(name) + _value(value) for name, value in point.fields])
        out.append(f"{start(point.measurement)}{''.join(map(tag, point.tags))} {fields} {point.time}\n")
    return "".join(out).encode()


class _Measurements(dict[str, str]):
    """The start of each line. It is the one place where an equals sign has no escape."""

    def __missing__(self, name: str) -> str:
        self[name] = text = _escape(name).replace(r"\=", "=")
        return text


class _Tags(dict[tuple[str, str], str]):
    """`,key=value` of each tag. Each is escaped once: most come again in every line, which triples the speed."""

    def __missing__(self, tag: tuple[str, str]) -> str:
        self[tag] = text = f",{_escape(tag[0])}={_escape(tag[1])}"
        return text


class _Keys(dict[str, str]):
    """`key=` of each field."""

    def __missing__(self, name: str) -> str:
        self[name] = text = f"{_escape(name)}="
        return text


def _escape(text: str) -> str:
    if _PLAIN(text):
        return text
    if not text or _FORBIDDEN.search(text):
        raise ValueError(f"{text[:MAX_TEXT]!r} cannot be a name or a tag of line protocol")
    return text.translate(_ESCAPES)


def _value(value: float) -> str:
    if isinstance(value, int):
        return f"{int(value)}i"  # int(): True is an int, too
    if not isfinite(value):
        raise ValueError(f"a field is {value}, which no database takes")
    return repr(value)
