"""What net-snmp's snmpwalk prints with `-On`: `.1.3.6.1.2.1.1.5.0 = STRING: "rt-1"`, one object a line or more."""

import re
import struct
from collections.abc import Callable, Mapping
from typing import Final

from agents.snmp import names
from agents.snmp.ber import Value, encode_value
from agents.snmp.oids import oid
from agents.snmp.varbinds import Varbind

_LINE: Final = re.compile(r"\.?(?P<oid>\d+(?:\.\d+)+) = (?P<value>.*)", re.DOTALL)
_TYPED: Final = re.compile(r"(?P<type>[A-Z][A-Za-z0-9-]*(?: Address)?): ?(?P<value>.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"(?:[^()]*\((-?\d+)\)|(-?\d+)).*", re.DOTALL)
_NOTHING: Final = ("No Such ", "No more variables", "NULL")
_FLOAT: Final = b"\x9f\x78\x04"
"""The tag and the length by which net-snmp wraps a float into an Opaque."""


def looks_printed(data: bytes) -> bool:
    """Whether this is what snmpwalk prints: so is its first line that is no comment."""
    lines = (line.strip() for line in data.decode("utf-8", errors="replace").splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return _LINE.fullmatch(first) is not None


def read(data: bytes) -> tuple[list[Varbind], list[str]]:
    """Return the objects in increasing order, each once, and what was not understood, with the numbers of its lines.
    What has no value is passed over."""
    found: dict[tuple[int, ...], Varbind] = {}
    problems: list[str] = []
    for number, text in _objects(data.decode("utf-8", errors="surrogateescape")):
        try:
            varbind = _parse(text)
        except (ValueError, OverflowError) as error:
            problems.append(f"line {number}: {error}")
        else:
            if varbind:
                found.setdefault(varbind.oid, varbind)
    return [found[name] for name in sorted(found)], problems


def _objects(text: str) -> list[tuple[int, str]]:
    """Return the lines of each object joined, with the number of the first."""
    out: list[tuple[int, str]] = []
    for number, ended in enumerate(text.split("\n"), 1):
        line = ended.rstrip("\r")
        if _LINE.fullmatch(line):
            out.append((number, line))
        elif out and not line.startswith("#"):
            out[-1] = out[-1][0], f"{out[-1][1]}\n{line}"
    return out


def _parse(text: str) -> Varbind | None:
    match = _LINE.fullmatch(text.rstrip("\n"))
    if not match:
        raise ValueError("is not OID = TYPE: VALUE")
    name, said = oid(match["oid"]), match["value"]
    if said.startswith(_NOTHING):
        return None
    typed = _TYPED.fullmatch(said)
    if said.startswith('"') or not typed:
        return Varbind(name, names.OCTET_STRING, _text(said))
    tag, read = _TYPES.get(typed["type"], (names.OCTET_STRING, _text))
    value = read(typed["value"])
    encode_value(tag, value)  # only what a device can say
    return Varbind(name, tag, value)


def _number(said: str) -> int:
    match = _NUMBER.fullmatch(said.strip())
    if not match:
        raise ValueError(f"{said[:40]!r} is no number")
    return int(match[1] or match[2])


def _text(said: str) -> bytes:
    if len(said) > 1 and said[0] == said[-1] == '"':
        said = re.sub(r"\\(.)", r"\1", said[1:-1], flags=re.DOTALL)
    return said.encode("utf-8", errors="surrogateescape")


def _hexadecimal(said: str) -> bytes:
    return bytes.fromhex("".join(said.split()))


def _address(said: str) -> bytes:
    return bytes(int(part, 16 if ":" in said else 10) for part in re.split(r"[.:]", said.strip()))


def _opaque(said: str) -> bytes:
    kind, _, number = said.partition(": ")
    if kind != "Float":
        raise ValueError(f"an Opaque with {kind[:20]!r} is not read")
    return _FLOAT + struct.pack(">f", float(number))


def _oid(said: str) -> tuple[int, ...]:
    return oid(said.strip())


_TYPES: Final[Mapping[str, tuple[int, Callable[[str], Value]]]] = {
    "INTEGER": (names.INTEGER, _number),
    "Integer32": (names.INTEGER, _number),
    "STRING": (names.OCTET_STRING, _text),
    "Hex-STRING": (names.OCTET_STRING, _hexadecimal),
    "BITS": (names.OCTET_STRING, lambda said: bytes.fromhex("".join(re.findall(r"^(?:[0-9A-Fa-f]{2} ?)*", said)))),
    "OID": (names.OBJECT_IDENTIFIER, _oid),
    "IpAddress": (names.IP_ADDRESS, _address),
    "Network Address": (names.IP_ADDRESS, _address),
    "Counter32": (names.COUNTER32, _number),
    "Gauge32": (names.GAUGE32, _number),
    "Unsigned32": (names.GAUGE32, _number),
    "Timeticks": (names.TIME_TICKS, _number),
    "Counter64": (names.COUNTER64, _number),
    "Opaque": (names.OPAQUE, _opaque),
}
