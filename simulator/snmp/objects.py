"""What a generated router has: the system group (RFC 3418) and the interfaces (RFC 2863), as a layout."""

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.mib import Layout
from simulator.snmp.traffic import Row

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
SYS_UP_TIME: Oid = (*SYSTEM, 3)
IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
IF_TABLE_LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5)

CONSTANT_SCALARS: tuple[Oid, ...] = (
    *((*SYSTEM, n) for n in (1, 2, 4, 5, 6, 7)),  # sysDescr, ObjectID, Contact, Name, Location, Services
    IF_NUMBER,
    IF_TABLE_LAST_CHANGE,
)
CONSTANT_COLUMNS: tuple[Oid, ...] = (
    *((*IF_ENTRY, n) for n in (1, 2, 3, 4, 5, 6, 7)),  # ifIndex, Descr, Type, Mtu, Speed, PhysAddress, AdminStatus
    *((*IF_X_ENTRY, n) for n in (1, 15, 18, 19)),  # ifName, HighSpeed, Alias, CounterDiscontinuityTime
)
_ROW = Row._fields.index
LIVE_COLUMNS: dict[Oid, tuple[int, int]] = {  # name: tag of the number, place in a Row
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
}


def layout(ports: int) -> Layout:
    """Return the layout of a router with ports of ifIndex 1 to `ports`."""
    scalar, indices = [(0,)], [(n,) for n in range(1, ports + 1)]
    return Layout(
        dict.fromkeys(CONSTANT_SCALARS, (scalar, None))
        | {SYS_UP_TIME: (scalar, ber.TIME_TICKS)}
        | dict.fromkeys(CONSTANT_COLUMNS, (indices, None))
        | {name: (indices, tag) for name, (tag, _) in LIVE_COLUMNS.items()}
    )
