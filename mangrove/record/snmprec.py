"""Walks as text, one object a line: `OID|TAG|VALUE`, the form of snmpsim's `.snmprec` files.

TAG is the type's number in decimal, followed by `x` where VALUE is in hexadecimal.
"""

import re
from collections.abc import Iterable
from typing import Final

from agents.snmp import names
from agents.snmp.ber import encode_value
from agents.snmp.oids import oid, text
from agents.snmp.varbinds import Varbind

_TAG: Final = re.compile(rb"(\d{1,3})([xe]?)")
_NUMBERS: Final = frozenset({names.INTEGER, *names.UNSIGNED_MAX})
_PLAIN: Final = re.compile(rb"[!-~]([ -~]*[!-~])?")
"""What stays itself on a line: readers may strip blanks at its ends."""
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SHORT: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0"}


def read(data: bytes) -> tuple[list[Varbind], list[str]]:
    """Return the objects in increasing order, each once, and what was not understood, with the numbers of its lines.

    Comments and empty lines are passed over, an order is not needed. Of an object that comes twice the first counts:
    where recorders write one again, it is a mark of the end.
    """
    found: dict[tuple[int, ...], Varbind] = {}
    problems: list[str] = []
    for number, ended in enumerate(data.split(b"\n"), 1):
        line = ended.rstrip(b"\r")
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            varbind = _parse(line)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
        else:
            found.setdefault(varbind.oid, varbind)
    return [found[name] for name in sorted(found)], problems


def write(varbinds: Iterable[Varbind], comment: str = "") -> bytes:
    """Return the lines, under a comment of one line. What has no value is left out, except NULL.

    Raises ValueError when a value does not suit its tag.
    """
    lines = [f"# {' '.join(comment.split())}".encode()] if comment else []
    lines += [_line(one) for one in varbinds if one.tag == names.NULL or one.tag not in names.EMPTY]
    return b"".join(line + b"\n" for line in lines)


def _parse(line: bytes) -> Varbind:
    name, bar, rest = line.partition(b"|")
    tag_text, second, value = rest.partition(b"|")
    match = _TAG.fullmatch(tag_text.strip())
    if not bar or not second or not match:
        raise ValueError("is not OID|TAG|VALUE")
    tag = int(match[1])
    if match[2] == b"x":
        try:
            value = bytes.fromhex(value.decode("ascii"))
        except ValueError:
            raise ValueError("is no value in hexadecimal") from None
    elif match[2] == b"e":
        value = _ESCAPE.sub(_unescape, value)
    varbind = Varbind(oid(name.strip().decode("latin-1")), tag, _value(tag, value, hexadecimal=match[2] == b"x"))
    encode_value(*varbind[1:])  # only what a device can say
    return varbind


def _value(tag: int, value: bytes, *, hexadecimal: bool) -> int | bytes | tuple[int, ...] | None:
    if tag in _NUMBERS:
        return int.from_bytes(value, "big") if hexadecimal else int(value)
    if tag == names.OBJECT_IDENTIFIER:
        return oid(value.strip().decode("latin-1")) if value.strip() else (0, 0)
    if tag == names.IP_ADDRESS and not hexadecimal:
        return bytes(int(part) for part in value.strip().split(b"."))
    return None if tag in names.EMPTY else value


def _line(varbind: Varbind) -> bytes:
    encode_value(varbind.tag, varbind.value)
    value, suffix = varbind.value, ""
    if isinstance(value, bytes) and varbind.tag == names.IP_ADDRESS:
        said = ".".join(map(str, value)).encode()
    elif isinstance(value, bytes):
        plain = varbind.tag == names.OCTET_STRING and (not value or _PLAIN.fullmatch(value))
        said, suffix = (value, "") if plain else (value.hex().encode(), "x")
    elif isinstance(value, tuple):
        said = text(value).encode()
    else:
        said = b"" if value is None else str(value).encode()
    return f"{text(varbind.oid)}|{varbind.tag}{suffix}|".encode() + said


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else _SHORT.get(match[2], match[2])
