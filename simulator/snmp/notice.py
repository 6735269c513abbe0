"""Notifications as SNMPv2-Trap-PDUs (RFC 3416 section 4.2.6): sysUpTime, snmpTrapOID, then what belongs to it."""

from collections.abc import Iterable

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.interfaces import IF_ENTRY
from simulator.snmp.system import SYS_UP_TIME
from simulator.snmp.ups import UPS

SNMP_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
COLD_START: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5, 1)  # RFC 3418
LINK_DOWN, LINK_UP = (1, 3, 6, 1, 6, 3, 1, 1, 5, 3), (1, 3, 6, 1, 6, 3, 1, 1, 5, 4)  # RFC 2863
ON_BATTERY, ALARM_ADDED, ALARM_REMOVED = ((1, 3, 6, 1, 2, 1, 33, 2, n) for n in (1, 3, 4))  # RFC 1628
UPS_ALARM_ON_BATTERY: Oid = (*UPS, 6, 3, 2)
_ALARM_ID = 1  # upsAlarmId of the only alarm that is told
_LOW_MINUTES = 2  # upsConfigLowBattTime
_UP, _DOWN = 1, 2  # ifAdminStatus, ifOperStatus
Varbinds = list[tuple[Oid, bytes]]
Notice = tuple[Oid, Varbinds]
"""The name of a notification and its objects, in order."""


def trap(number: int, uptime: int, name: Oid, varbinds: Iterable[tuple[Oid, bytes]] = ()) -> bytes:
    """Return the PDU; `number`: its request-id, `uptime`: sysUpTime in ticks."""
    bindings = [
        ((*SYS_UP_TIME, 0), ber.integer(uptime, ber.TIME_TICKS)),
        (SNMP_TRAP_OID, ber.oid(name)),
        *varbinds,
    ]
    octets = b"".join(ber.varbind(*one) for one in bindings)
    return ber.response(ber.integer(number), 0, 0, octets, ber.TRAP)


def link(port: int, *, up: bool) -> Notice:
    """Return name and objects of linkUp or linkDown of a port, by its ifIndex."""
    state = _UP if up else _DOWN
    values = {1: port, 7: _UP, 8: state}  # ifIndex, ifAdminStatus, ifOperStatus
    return LINK_UP if up else LINK_DOWN, [((*IF_ENTRY, n, port), ber.integer(value)) for n, value in values.items()]


def on_battery(left_s: float, on_s: float) -> Notice:
    """Return name and objects of upsTrapOnBattery: how long the battery will last, and has."""
    values = {(2, 3, 0): int(left_s / 60), (2, 2, 0): int(on_s), (9, 7, 0): _LOW_MINUTES}
    return ON_BATTERY, [((*UPS, *rest), ber.integer(value)) for rest, value in values.items()]


def alarm(*, raised: bool) -> Notice:
    """Return name and objects of upsTrapAlarmEntryAdded or -Removed of upsAlarmOnBattery."""
    entry: Oid = (*UPS, 6, 2, 1)
    return ALARM_ADDED if raised else ALARM_REMOVED, [
        ((*entry, 1, _ALARM_ID), ber.integer(_ALARM_ID)),
        ((*entry, 2, _ALARM_ID), ber.oid(UPS_ALARM_ON_BATTERY)),
    ]
