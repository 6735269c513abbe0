"""The payload of a sensor as InfluxDB line protocol, strictly: lines of a measurement, tags, fields and maybe a time.

The grammar is that of InfluxDB 1.x and 2.x: commas, spaces and, but for measurements, equal signs of names are escaped
by a backslash, quotes and backslashes in strings as well; another backslash is itself.
"""

import re
from dataclasses import dataclass

from agents.sensors.values import RefusedError, shown

MAX_PAYLOAD = 64 << 10
MAX_LINES = 1_000
MAX_PIECES = 2_000  # tags and fields of all lines

_NAME = r"([^,= \n\\]*(?:\\[^\n][^,= \n\\]*)*)"
_MEASUREMENT = re.compile(r"([^, \n\\]*(?:\\[^\n][^, \n\\]*)*)")
_TAG = re.compile(f",{_NAME}={_NAME}")
_FIELD = re.compile(rf'{_NAME}=(?:"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|([^, \r\n"]+))')
_BLANK = re.compile(r"(?:[ \t\r]*\n|[ \t\r]*\Z|#[^\n]*(?:\n|\Z))")
_END = re.compile(r" *(?: (-?\d{1,19}))? *\r?(?:\n|\Z)")
_ESCAPED = re.compile(r"\\([,= ])")
_ESCAPED_IN_STRING = re.compile(r'\\(["\\])')
_FLOAT = re.compile(r"-?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?")
_WHOLE = re.compile(r"(-?\d{1,19})i|(\d{1,20})u")
_TRUTHS = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), False),
}

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a document for pointers: `{"tags": {...}, "fields": {...}, "time": ...}`, the last one as it stands."""

    number: int
    measurement: str
    document: dict[str, object]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a payload, or some of them."""

    lines: list[Line]


def parse(payload: bytes) -> Lines:
    """Return the lines of a payload; comments and blank ones are none.

    Raises:
        RefusedError: it is too large, no UTF-8, no line protocol, or a tag or field is given twice in a line.
    """
    if len(payload) > MAX_PAYLOAD:
        raise RefusedError(f"it is larger than {MAX_PAYLOAD} bytes")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"it is not UTF-8 text at byte {error.start}") from None
    out: list[Line] = []
    place, number, left = 0, 0, MAX_PIECES
    while place < len(text):
        number += 1
        if number > MAX_LINES:
            raise RefusedError(f"it has more than {MAX_LINES} lines")
        if blank := _BLANK.match(text, place):
            place = blank.end()
            continue
        try:
            line, place, left = _line(text, place, number, left)
        except _WrongError as error:
            raise RefusedError(f"line {number}: {error}") from None
        out.append(line)
    return Lines(out)


class _WrongError(ValueError):
    pass


def _line(text: str, place: int, number: int, left: int) -> tuple[Line, int, int]:
    head = _MEASUREMENT.match(text, place)
    if head is None or not head[1]:
        raise _WrongError("it has no measurement")
    tags: dict[str, object] = {}
    place = head.end()
    while found := _TAG.match(text, place):
        left = _put(tags, "tag", found[1], _plain(found[2]), left)
        place = found.end()
    if not text.startswith(" ", place):
        raise _WrongError("after the measurement, tags such as ,site=a and then a space are expected")
    while text.startswith(" ", place):
        place += 1
    fields: dict[str, object] = {}
    while found := _FIELD.match(text, place):
        left = _put(fields, "field", found[1], _value(found[2], found[3]), left)
        place = found.end()
        if not text.startswith(",", place):
            break
        place += 1
    end = _END.match(text, place) if found else None
    if end is None:
        raise _WrongError('fields such as volts=53.9,state="on" and maybe a time are expected')
    document: dict[str, object] = {"tags": tags, "fields": fields}
    if end[1]:
        document["time"] = int(end[1])
    return Line(number, _plain(head[1]), document), end.end(), left


def _put(into: dict[str, object], what: str, name: str, value: Scalar, left: int) -> int:
    if not left:
        raise _WrongError(f"there are more than {MAX_PIECES} tags and fields")
    name = _plain(name)
    if not name or (what == "tag" and not value):
        raise _WrongError(f"a {what} has no name or no value")
    if name in into:
        raise _WrongError(f"the {what} {shown(name)} is given twice")
    into[name] = value
    return left - 1


def _plain(name: str) -> str:
    return _ESCAPED.sub(r"\1", name) if "\\" in name else name


def _value(string: str | None, bare: str) -> Scalar:
    if string is not None:
        return _ESCAPED_IN_STRING.sub(r"\1", string) if "\\" in string else string
    if _FLOAT.fullmatch(bare):
        return float(bare)
    if whole := _WHOLE.fullmatch(bare):
        value = int(whole[1] or whole[2])
        if not -(2**63) <= value < (2**63 if whole[1] else 2**64):
            raise _WrongError(f"{shown(bare)} is beyond 64 bits")
        return value
    if bare in _TRUTHS:
        return _TRUTHS[bare]
    raise _WrongError(f"{shown(bare)} is no value: a number, a whole one with i or u, a truth or a string in quotes")
