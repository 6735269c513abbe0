"""Readings made by hand."""

from collections.abc import Mapping
from typing import NamedTuple

from agents.reading import Reading
from agents.snmp import names
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind

UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3)
IF: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)


class Value(NamedTuple):
    """A value without its name."""

    tag: int
    value: int | bytes

    def at(self, oid: Oid) -> Varbind:
        """The value as a varbind."""
        return Varbind(oid, self.tag, self.value)


def integer(value: int) -> Value:
    """An INTEGER."""
    return Value(names.INTEGER, value)


def counter32(value: int) -> Value:
    """A Counter32."""
    return Value(names.COUNTER32, value)


def counter64(value: int) -> Value:
    """A Counter64."""
    return Value(names.COUNTER64, value)


def octets(value: str | bytes) -> Value:
    """An OCTET STRING."""
    return Value(names.OCTET_STRING, value if isinstance(value, bytes) else value.encode())


def made(seconds: float, values: Mapping[Oid, Value]) -> Reading:
    """A reading at that time of our clock, of instances with one index."""
    reading = Reading(mono_ms=int(seconds * 1000))
    for oid, value in values.items():
        reading.add(oid[:-1], value.at(oid))
    return reading
