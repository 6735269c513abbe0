"""A device that plays a recorded walk: a `.snmprec` file, an object a line, `OID|TAG|VALUE`.

TAG is the number of the type (RFC 2578 appendix, X.690), followed by `x` where VALUE is in hexadecimal and by `e` where
it has escapes. Recorders write comments, empty lines, the line ends of others, objects out of order, and the last one
twice as a mark of the end: all of these are read.
"""

import re

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.clock import Clock
from simulator.snmp.credential import Credential
from simulator.snmp.device import Device
from simulator.snmp.gate import opener
from simulator.snmp.layout import Entry, Layout
from simulator.snmp.mib import Mib
from simulator.snmp.plan import Planner

MAX_SIZE = 65_507  # octets that fit a UDP datagram: some walks have long values
_TAG = re.compile(rb"(\d{1,3})([xe]?)")
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0"}
_BITS = {ber.COUNTER32: 32, ber.GAUGE32: 32, ber.TIME_TICKS: 32, ber.COUNTER64: 64}


class WalkError(ValueError):
    """There is nothing to play; the text says why, with the numbers of lines."""


def play(data: bytes, credential: Credential, *, name: str = "walk") -> tuple[Device, list[str]]:
    """Return a device that says what was recorded, at any time, and the lines that are left out, each with its number
    and why. `name`: what its engine ID is made of.

    Raises:
        WalkError: no line can be read.
    """
    found, left_out = read(data)
    if not found:
        raise WalkError("; ".join(left_out[:5]) or "there is no object in it")
    objects: dict[Oid, dict[Oid, Entry]] = {}
    for whole, value in found.items():
        objects.setdefault(whole[:-1], {})[whole[-1:]] = value
    mib = Mib(Planner(Layout(objects)), {}, [])
    clock = Clock(0, 1)
    return Device(name, mib, [], clock, opener(credential)(mib, clock, name, MAX_SIZE)), left_out


def read(data: bytes) -> tuple[dict[Oid, bytes], list[str]]:
    """Return the encoded values by name, and what was not understood, with the numbers of its lines. Of an object that
    comes twice the first counts."""
    found: dict[Oid, bytes] = {}
    left_out: list[str] = []
    for number, ended in enumerate(data.split(b"\n"), 1):
        line = ended.rstrip(b"\r")
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            name, value = _parse(line)
        except ValueError as error:
            left_out.append(f"line {number}: {error}")
        else:
            found.setdefault(name, value)
    return found, left_out


def _parse(line: bytes) -> tuple[Oid, bytes]:
    name, _, rest = line.partition(b"|")
    kind, bar, value = rest.partition(b"|")
    match = _TAG.fullmatch(kind.strip())
    if not bar or not match:
        raise ValueError("is not OID|TAG|VALUE")
    hexadecimal = match[2] == b"x"
    if hexadecimal:
        value = bytes.fromhex(value.decode("ascii"))
    elif match[2] == b"e":
        value = _ESCAPE.sub(_unescape, value)
    return _oid(name), _encoded(int(match[1]), value, hexadecimal=hexadecimal)


def _encoded(tag: int, value: bytes, *, hexadecimal: bool) -> bytes:
    match tag:
        case ber.OCTET_STRING | ber.OPAQUE:
            return ber.tlv(tag, value)
        case ber.OBJECT_IDENTIFIER:
            return ber.oid(_oid(value) if value.strip() else (0, 0))
        case ber.IP_ADDRESS:
            address = value if hexadecimal else bytes(int(part) for part in value.strip().split(b"."))
            if len(address) != 4:
                raise ValueError("is no IPv4 address")
            return ber.tlv(tag, address)
        case ber.NULL:
            return ber.tlv(tag, b"")
    number = int.from_bytes(value, "big") if hexadecimal else int(value)
    if tag == ber.INTEGER:
        least, most = -(2**31), 2**31 - 1
    elif tag in _BITS:
        least, most = 0, 2 ** _BITS[tag] - 1
    else:
        raise ValueError(f"is of type {tag}, which no device has")
    if not least <= number <= most:
        raise ValueError(f"{number} is not between {least} and {most}")
    return ber.integer(number, tag)


def _oid(written: bytes) -> Oid:
    name = tuple(int(part) for part in written.strip().removeprefix(b".").split(b"."))
    small = len(name) >= 2 and (name[0] == 2 or (name[0] in (0, 1) and name[1] < 40))
    if not small or len(name) > ber.MAX_SUBIDENTIFIERS or not all(0 <= part < 2**32 for part in name):
        raise ValueError("is no object identifier")
    return name


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else _SHORT.get(match[2], match[2])
