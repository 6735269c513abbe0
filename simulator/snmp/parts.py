"""A device's MIBs as parts that are put together; devices with the same parts share a layout."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.layout import Entry, Known, Layout, Objects, Reader
from simulator.snmp.mib import Mib
from simulator.snmp.plan import Planner

SCALAR: Oid = (0,)
GENERATED = "mẫu tự sinh"  # "generated sample": in whatever a person could take for a real place or device


class Part(NamedTuple):
    """One MIB of a device. Parts of the same key have the same objects, which are made from the number of the first of
    their readers; `own` has the encoded values of those that are each device's own."""

    key: Hashable
    objects: Callable[[int], Objects]
    own: Mapping[Oid, bytes]
    readers: Sequence[Reader]


class Shared:
    """The layouts that devices have in common, each with its plans."""

    def __init__(self) -> None:
        self._planners: dict[Hashable, Planner] = {}
        self._known: Known = {}

    def mib(self, parts: Iterable[Part]) -> Mib:
        """Return a device's objects."""
        parts = list(parts)
        key = tuple(part.key for part in parts)
        if key not in self._planners:
            objects: dict[Oid, Mapping[Oid, Entry]] = {}
            first = 0
            for part in parts:
                objects |= part.objects(first)
                first += len(part.readers)
            self._planners[key] = Planner(Layout(objects, self._known))
        own: dict[Oid, bytes] = {}
        readers: list[Reader] = []
        for part in parts:
            own |= part.own
            readers += part.readers
        return Mib(self._planners[key], own, readers)


def text(value: str) -> bytes:
    """Encode a DisplayString, in UTF-8 as devices do, cut at 255 octets between letters (RFC 2579)."""
    return ber.tlv(ber.OCTET_STRING, value.encode()[:255].decode(errors="ignore").encode())


def generated(value: str) -> str:
    """Say of a text that it is made up, when it does not say so."""
    return value if GENERATED in value else f"{value} ({GENERATED})"
