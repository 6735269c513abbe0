"""The system group (RFC 3418)."""

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.layout import Number, Objects, Reader
from simulator.snmp.parts import GENERATED, SCALAR, Part, generated, text

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
SYS_UP_TIME: Oid = (*SYSTEM, 3)
SAMPLE: Oid = (1, 3, 6, 1, 4, 1, 32473, 1)  # below the enterprise of examples (RFC 5612)
LAYERS = {"router": 6, "olt": 7, "microwave": 3, "power": 64}  # sysServices: the sum of 2 to the power of layer - 1
_NUMBERS = {"router": 1, "olt": 2, "microwave": 3, "power": 4}  # below SAMPLE


def system(kind: str, name: str, location: str, uptime: Reader) -> Part:
    """Return the group of a device; `uptime` returns sysUpTime."""

    def objects(first: int) -> Objects:
        described = text(f"Mangrove simulator, {kind}, generated sample ({GENERATED})")
        return {
            (*SYSTEM, 1): {SCALAR: described},
            (*SYSTEM, 2): {SCALAR: ber.oid((*SAMPLE, _NUMBERS[kind]))},
            SYS_UP_TIME: {SCALAR: Number(ber.TIME_TICKS, first, 0)},
            (*SYSTEM, 4): {SCALAR: text(generated("noc@example.net"))},
            (*SYSTEM, 5): {SCALAR: "own"},
            (*SYSTEM, 6): {SCALAR: "own"},
            (*SYSTEM, 7): {SCALAR: ber.integer(LAYERS[kind])},
        }

    own = {(*SYSTEM, 5, 0): text(name), (*SYSTEM, 6, 0): text(generated(location))}
    return Part(("system", kind), objects, own, [uptime])
