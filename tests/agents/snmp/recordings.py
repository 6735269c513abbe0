"""Walks of real devices as snmprec files, which are not part of this repository: OID|type|value, a line each.

Served by `scripted_device.Mib` and not by snmpsim: that one (1.2.2) finds no dbm in a plain Python, needs a package
that it does not name, and wants another user than root.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from agents.snmp import names
from agents.snmp.ber import Value
from agents.snmp.oids import Oid, oid

FOLDER = Path(os.environ.get("MANGROVE_RECORDINGS") or Path(__file__).parents[4] / "shared/data/recordings")
"""By default beside the checkout."""
_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(.))", re.DOTALL)
_SHORT = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}
Objects = dict[Oid, tuple[int, Value]]


def recordings() -> list[Path]:
    """All that are here; none on a machine without them."""
    return sorted(FOLDER.glob("*.snmprec"))


def read_recording(path: Path) -> Objects:
    """Return the objects in their order. Comments are left out, and of an object that comes twice the first counts."""
    return parse(path.read_bytes().splitlines())


def parse(lines: Iterable[bytes]) -> Objects:
    """As `read_recording`. Raises ValueError when a line cannot be read."""
    found: Objects = {}
    for line in lines:
        if line.strip() and not line.startswith(b"#"):
            name, kind, value = line.rstrip(b"\r").split(b"|", 2)
            found.setdefault(oid(name.decode()), _typed(kind.decode(), value))
    return dict(sorted(found.items()))


def _typed(kind: str, value: bytes) -> tuple[int, Value]:
    tag = int(kind.rstrip("xe"))
    if kind.endswith("x"):
        value = bytes.fromhex(value.decode())
    elif kind.endswith("e"):
        value = _ESCAPE.sub(_escaped, value)
    if tag in (names.OCTET_STRING, names.OPAQUE):
        return tag, value
    if tag == names.IP_ADDRESS:
        return tag, value if kind.endswith("x") else bytes(map(int, value.split(b".")))
    if tag == names.OBJECT_IDENTIFIER:
        return tag, oid(value.decode())
    return tag, None if tag == names.NULL else int(value)


def _escaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes.fromhex(match[1].decode())
    return _SHORT.get(match[2], match[2])
