"""Readings made by hand."""

from collections.abc import Mapping
from typing import NamedTuple

from agents.decode import TableReading
from agents.layout import Found, layout
from agents.reading import walked
from agents.snmp import names
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from contract.profile import Profile

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


def found(values: Mapping[Oid, Value]) -> dict[Oid, dict[Oid, Varbind]]:
    """What a walk has found, of instances with one index."""
    by: dict[Oid, dict[Oid, Varbind]] = {}
    for oid, value in values.items():
        by.setdefault(oid[:-1], {})[oid[-1:]] = value.at(oid)
    return by


def read(profile: Profile, by: Found, *, whole: bool = True) -> list[TableReading]:
    """The reading of a profile's tables that a walk brings which has found this."""
    layouts = [layout(table, by, along=False, whole=whole) for table in profile.tables]
    return [walked(place, made, by, counts=whole) for place, made in enumerate(layouts)]
