"""The interfaces of a device (RFC 2863): ifTable and ifXTable."""

from collections.abc import Sequence
from typing import NamedTuple

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.layout import Entry, Number, Objects
from simulator.snmp.parts import SCALAR, Part, generated, text
from simulator.snmp.ports import ROW, WIDEST, Port

IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
IF_TABLE_LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5)
ETHERNET, RADIO, GPON = 6, 188, 250  # ethernetCsmacd, radioMAC, gpon (IANAifType-MIB)

_ROW = ROW.index
NUMBERS: dict[Oid, tuple[int, int]] = {  # column: tag, place in `ROW`
    (*IF_ENTRY, 8): (ber.INTEGER, _ROW("oper_status")),
    (*IF_ENTRY, 9): (ber.TIME_TICKS, _ROW("last_change")),
    (*IF_ENTRY, 10): (ber.COUNTER32, _ROW("in_octets")),
    (*IF_ENTRY, 11): (ber.COUNTER32, _ROW("in_ucast")),
    (*IF_ENTRY, 13): (ber.COUNTER32, _ROW("in_discards")),
    (*IF_ENTRY, 14): (ber.COUNTER32, _ROW("in_errors")),
    (*IF_ENTRY, 16): (ber.COUNTER32, _ROW("out_octets")),
    (*IF_ENTRY, 17): (ber.COUNTER32, _ROW("out_ucast")),
    (*IF_ENTRY, 19): (ber.COUNTER32, _ROW("out_discards")),
    (*IF_ENTRY, 20): (ber.COUNTER32, _ROW("out_errors")),
    (*IF_X_ENTRY, 6): (ber.COUNTER64, _ROW("in_octets")),
    (*IF_X_ENTRY, 7): (ber.COUNTER64, _ROW("in_ucast")),
    (*IF_X_ENTRY, 10): (ber.COUNTER64, _ROW("out_octets")),
    (*IF_X_ENTRY, 11): (ber.COUNTER64, _ROW("out_ucast")),
    (*IF_X_ENTRY, 19): (ber.TIME_TICKS, _ROW("discontinuity")),
}
_SPEEDS = {(*IF_ENTRY, 5): _ROW("speed"), (*IF_X_ENTRY, 15): _ROW("high_speed")}


class Interface(NamedTuple):
    """A port and its names. `kind`: its ifType; a radio's speed changes."""

    name: str
    description: str
    alias: str
    kind: int
    port: Port


def interfaces(them: Sequence[Interface], address: int) -> Part:
    """Return the tables of ports of ifIndex 1 and up; their MAC addresses, locally administered, follow `address`."""
    kinds = tuple(one.kind for one in them)

    def objects(first: int) -> Objects:
        columns: dict[Oid, dict[Oid, Entry]] = {
            IF_NUMBER: {SCALAR: ber.integer(len(kinds))},
            IF_TABLE_LAST_CHANGE: {SCALAR: ber.integer(0, ber.TIME_TICKS)},
        }
        for index, kind in enumerate(kinds, 1):
            row = first + index - 1
            entries: dict[Oid, Entry] = {
                (*IF_ENTRY, 1): ber.integer(index),
                (*IF_ENTRY, 3): ber.integer(kind),
                (*IF_ENTRY, 4): ber.integer(1500),
                (*IF_ENTRY, 7): ber.integer(1),  # ifAdminStatus: up
            }
            entries |= dict.fromkeys(((*IF_ENTRY, 2), (*IF_ENTRY, 6), (*IF_X_ENTRY, 1), (*IF_X_ENTRY, 18)), "own")
            entries |= {name: Number(tag, row, place) for name, (tag, place) in NUMBERS.items()}
            entries |= {
                name: Number(ber.GAUGE32, row, place) if kind == RADIO else "own" for name, place in _SPEEDS.items()
            }
            for name, entry in entries.items():
                columns.setdefault(name, {})[(index,)] = entry
        return columns

    own: dict[Oid, bytes] = {}
    for index, one in enumerate(them, 1):
        speed = one.port.speed_bps
        values = {
            (*IF_ENTRY, 2): text(one.description),
            (*IF_ENTRY, 5): ber.integer(min(speed, WIDEST), ber.GAUGE32),
            (*IF_ENTRY, 6): ber.tlv(ber.OCTET_STRING, b"\x02" + (address + index).to_bytes(5, "big")),
            (*IF_X_ENTRY, 1): text(one.name),
            (*IF_X_ENTRY, 15): ber.integer(speed // 1_000_000, ber.GAUGE32),
            (*IF_X_ENTRY, 18): text(generated(one.alias)),
        }
        own |= {(*name, index): value for name, value in values.items()}
    return Part(("interfaces", kinds), objects, own, [one.port.read for one in them])
