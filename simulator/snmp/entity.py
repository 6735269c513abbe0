"""The sensors of a chassis: entPhysicalTable (RFC 6933) and entPhySensorTable (RFC 3433)."""

from collections.abc import Sequence
from typing import NamedTuple

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.layout import Entry, Number, Objects, Reader
from simulator.snmp.parts import SCALAR, Part, text

PHYSICAL: Oid = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)
LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 47, 1, 4, 1)
SENSOR: Oid = (1, 3, 6, 1, 2, 1, 99, 1, 1, 1)
CELSIUS, DBM = 8, 14  # entPhySensorType; dBm beyond the RFC, as CISCO-ENTITY-SENSOR-MIB has it
CHASSIS = 1  # entPhysicalIndex; the sensors follow
_CLASS_CHASSIS, _CLASS_SENSOR = 3, 8
_UNITS, _OK = 9, 1  # entPhySensorScale, entPhySensorOperStatus
_NAMES = {CELSIUS: "degrees C", DBM: "dBm"}


class Gauge(NamedTuple):
    """A sensor: `precision` is the number of decimal places."""

    name: str
    kind: int
    precision: int


def sensors(gauges: Sequence[Gauge], read: Reader) -> Part:
    """Return the tables of a chassis with those sensors; `read` returns all their values, times 10 to the power of
    their precision."""
    gauges = tuple(gauges)

    def objects(first: int) -> Objects:
        columns: dict[Oid, dict[Oid, Entry]] = {LAST_CHANGE: {SCALAR: ber.integer(0, ber.TIME_TICKS)}}
        _add(columns, CHASSIS, _physical("chassis", 0, _CLASS_CHASSIS, 0))
        for place, gauge in enumerate(gauges):
            _add(columns, CHASSIS + 1 + place, _physical(gauge.name, CHASSIS, _CLASS_SENSOR, place + 1))
            values: dict[Oid, Entry] = {
                (*SENSOR, 1): ber.integer(gauge.kind),
                (*SENSOR, 2): ber.integer(_UNITS),
                (*SENSOR, 3): ber.integer(gauge.precision),
                (*SENSOR, 4): Number(ber.INTEGER, first, place, signed=True),
                (*SENSOR, 5): ber.integer(_OK),
                (*SENSOR, 6): text(_NAMES[gauge.kind]),
            }
            _add(columns, CHASSIS + 1 + place, values)
        return columns

    return Part(("sensors", gauges), objects, {}, [read])


def _physical(name: str, inside: int, kind: int, place: int) -> dict[Oid, Entry]:
    """Return entPhysicalDescr, ContainedIn, Class, ParentRelPos and Name."""
    return {
        (*PHYSICAL, 2): text(name),
        (*PHYSICAL, 4): ber.integer(inside),
        (*PHYSICAL, 5): ber.integer(kind),
        (*PHYSICAL, 6): ber.integer(place),
        (*PHYSICAL, 7): text(name),
    }


def _add(columns: dict[Oid, dict[Oid, Entry]], index: int, values: dict[Oid, Entry]) -> None:
    for name, value in values.items():
        columns.setdefault(name, {})[(index,)] = value
